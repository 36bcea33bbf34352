import type { Code } from "../code/code.ts";
import { docComment } from "../code/doc-comment.ts";
import { expression } from "../code/literal.ts";
import type { LiteralValue } from "../code/literal.ts";
import { interfaceStatement } from "../code/statement.ts";
import { objectType, typeOf } from "../code/type-tree.ts";
import type { TypeTree } from "../code/type-tree.ts";
import type { EventOperationModel } from "../model/event.ts";
import type { HttpOperationModel } from "../model/http.ts";
import type { Plan, PlannedOperation, PlannedService } from "../plan/plan.ts";
import { placeOf } from "../source/source-file.ts";

/** An operation with its planned names. */
export interface PlannedEntry<Operation> {
  readonly operation: Operation;
  readonly planned: PlannedOperation;
}

/** The operations of a contract that are part of the plan, in their order. */
export function listPlanned<Operation extends HttpOperationModel | EventOperationModel>(
  operations: readonly Operation[],
  plan: Plan,
): readonly PlannedEntry<Operation>[] {
  return operations.flatMap((operation) => {
    const planned = plan.operations.get(operation);
    return planned === undefined ? [] : [{ operation, planned }];
  });
}

/** Summary and description, and where the operation stands. */
export function operationDoc(operation: {
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly at: HttpOperationModel["at"];
}): Code | undefined {
  const { summary, description } = operation;
  const text =
    summary === undefined || description === undefined || description.startsWith(summary)
      ? (description ?? summary)
      : `${summary}\n\n${description}`;
  return docComment(text, {
    place: placeOf(operation.at),
    ...(operation.deprecated === true ? { isDeprecated: true } : {}),
  });
}

/** The documented interface of a service's operations, so that hovers over client methods show the contract's words. */
export function operationsInterface(
  service: PlannedService,
  operations: readonly { readonly operation: Parameters<typeof operationDoc>[0]; readonly planned: PlannedOperation }[],
): Code {
  const members = operations.map(({ operation, planned }) => {
    const doc = operationDoc(operation);
    const type: TypeTree = typeOf(planned.constant);
    return { name: planned.localName, isOptional: false, type, ...(doc === undefined ? {} : { doc }) };
  });
  const tree = objectType(members);
  if (tree.kind !== "object") throw new Error("internal: objectType makes objects");
  return interfaceStatement(service.operationsName, tree, docComment(`Operations of \`${service.name}\`.`));
}

/** `{ createPayment, delete: deleteOperation }`. */
export function operationsLiteral(operations: readonly PlannedOperation[]): LiteralValue {
  const literal = Object.create(null) as { [name: string]: LiteralValue };
  for (const { localName, constant } of operations) literal[localName] = expression(constant);
  return literal;
}
