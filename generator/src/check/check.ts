import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Model } from "../model/model.ts";
import {
  checkDeliveryKeys,
  checkInputFields,
  checkKeyedBodies,
  checkKeyHeaders,
  checkOrderedKeys,
  checkRequiredKeys,
} from "./check-fields.ts";
import { checkCircularSchemas, checkServiceNames } from "./check-model.ts";
import { checkCalls, checkDeadLetters, checkEmits, checkFallbacks } from "./check-references.ts";
import { checkNestedParameters } from "./check-wire.ts";
import { checkAmbiguousQueries, checkWritable } from "./check-writable.ts";
import { checkSatisfiable } from "./check-satisfiable.ts";
import { createScope, type CheckRule } from "./rule.ts";

const rules: readonly CheckRule[] = [
  checkServiceNames,
  checkCircularSchemas,
  checkCalls,
  checkEmits,
  checkFallbacks,
  checkDeadLetters,
  checkDeliveryKeys,
  checkOrderedKeys,
  checkInputFields,
  checkKeyHeaders,
  checkRequiredKeys,
  checkKeyedBodies,
  checkNestedParameters,
  checkWritable,
  checkAmbiguousQueries,
  checkSatisfiable,
];

/** Judges the model as a whole: what no single document shows. One operation's own policy is judged by `policy/`. */
export function check(model: Model): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const scope = createScope(model);
  for (const rule of rules) rule(scope, (diagnostic) => diagnostics.push(diagnostic));
  return diagnostics;
}
