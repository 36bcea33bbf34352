export {
  parseExpression,
  parsePointer,
  parseTemplate,
  type RuntimeExpression,
  type RuntimeTemplate,
} from "../descriptor/expression.ts";
