import type { EventOperation, EventService } from "../descriptor/event.ts";
import type { OperationMap } from "../descriptor/operation.ts";

/** A service, or some operations of one by their local names. */
export type Operations = EventService<any> | OperationMap<EventOperation>;

/** What a subset must be; interfaces fit too, which have no index signature. */
export type OperationsOf<Methods> = { readonly [Name in keyof Methods]: EventOperation };

/** The operations by name, and the CloudEvents source that the service declares. */
export function operationsOf(service: Operations): {
  readonly operations: OperationMap<EventOperation>;
  readonly source: string | undefined;
} {
  if (isService(service))
    return { operations: service.operations as OperationMap<EventOperation>, source: service.source };
  return { operations: service, source: undefined };
}

function isService(service: Operations): service is EventService<any> {
  // A subset's values are objects; only a service has a name of its own that is text.
  return typeof service["name"] === "string" && service["kind"] === "event";
}
