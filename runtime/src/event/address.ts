import { ServiceError } from "../error/service-error.ts";
import { operationId } from "../descriptor/operation.ts";
import type { EventOperation } from "../descriptor/event.ts";

/**
 * The channel's address with its parameters filled in.
 * @throws {ServiceError} invalid_argument, when a parameter is missing or the contract gives no address.
 */
export function fillAddress(operation: EventOperation, parameters: Readonly<Record<string, string>> = {}): string {
  const { address, name } = operation.channel;
  if (address === null) throw addressError(operation, `channel "${name}" has no address in the contract`);
  return address.replace(/\{([^{}]*)\}/g, (_, parameter: string) => {
    const value = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
    if (value === undefined || value === "") throw addressError(operation, `parameter "${parameter}" is missing`);
    return value;
  });
}

/** The template with those parameters filled in that are known; the rest stays for the broker to match. */
export function narrowAddress(template: string, parameters: Readonly<Record<string, string>>): string {
  return template.replace(/\{([^{}]*)\}/g, (hole, parameter: string) =>
    Object.hasOwn(parameters, parameter) ? (parameters[parameter] as string) : hole,
  );
}

/** The values of the template's parameters in a concrete address; empty when it doesn't fit. */
export function readParameters(template: string | null, address: string): Readonly<Record<string, string>> {
  if (template === null || !template.includes("{")) return {};
  const names: string[] = [];
  const source = template
    .split(/(\{[^{}]*\})/)
    .map((part) => {
      if (!part.startsWith("{")) return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
      names.push(part.slice(1, -1));
      return "([^/]+)";
    })
    .join("");
  const match = new RegExp(`^${source}$`).exec(address);
  return match === null ? {} : Object.fromEntries(names.map((name, index) => [name, match[index + 1] as string]));
}

function addressError(operation: EventOperation, why: string): ServiceError {
  return new ServiceError("invalid_argument", `send ${operationId(operation)}: ${why}`, {
    origin: "framework",
    sent: "no",
    operation: operationId(operation),
    retry: { class: "never" },
  });
}
