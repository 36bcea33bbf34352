import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { listOperations, listServices, type CheckedOperation, type CheckedService } from "./operations.ts";

/** What rules look at: the model, and lists of it that most of them need. */
export interface CheckScope {
  readonly model: Model;
  readonly services: readonly CheckedService[];
  readonly operations: readonly CheckedOperation[];
}

/** One rule over the whole model. */
export type CheckRule = (scope: CheckScope, report: (diagnostic: Diagnostic) => void) => void;

/** Prepares a model for the rules. */
export function createScope(model: Model): CheckScope {
  return { model, services: listServices(model), operations: listOperations(model) };
}
