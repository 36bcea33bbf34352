import { buildArray, createObjectBuilder } from "../source/build.ts";
import type { ObjectBuilder } from "../source/build.ts";
import { isArray, isObject } from "../source/json.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import { stringAt } from "./convert-context.ts";
import type { ConvertContext } from "./convert-context.ts";
import { parsePointer } from "./pointer.ts";

/** A message of an operation, and where it stands in it. */
export interface ListedMessage {
  readonly message: JsonObject;
  readonly path: readonly string[];
}

/** The messages of a 2.x operation: one, or those of `oneOf`. */
export function listMessages(operation: JsonObject): readonly ListedMessage[] {
  const message = operation["message"];
  if (!isObject(message)) return [];
  const { oneOf } = message;
  if (!isArray(oneOf)) return [{ message, path: ["message"] }];
  return oneOf.flatMap((member, index) =>
    isObject(member) ? [{ message: member, path: ["message", "oneOf", String(index)] }] : [],
  );
}

/**
 * The key of a message in its channel: the component's key, else `messageId`, `name` or `title`, else after the
 * operation. The same component keeps one key; different messages get different ones.
 */
export function nameMessage(
  context: ConvertContext,
  message: JsonObject,
  around: { readonly operation: string; readonly taken: ObjectBuilder },
): string {
  const ref = stringAt(message, "$ref");
  if (ref !== undefined) {
    const key = lastToken(context, ref);
    if (key !== undefined) return key;
  }
  const own = stringAt(message, "messageId") ?? stringAt(message, "name") ?? stringAt(message, "title");
  const name = own ?? `${around.operation}Message`;
  if (!around.taken.has(name)) return name;
  let unique = `${around.operation}.${name}`;
  for (let count = 2; around.taken.has(unique); count += 1) unique = `${around.operation}.${name}.${count}`;
  return unique;
}

/** The component's key. A key with an unescaped "/" is looked up as a whole. */
function lastToken(context: ConvertContext, ref: string): string | undefined {
  const tokens = parsePointer(ref.slice(ref.indexOf("#") + 1));
  const components = context.root["components"];
  const messages = isObject(components) ? components["messages"] : undefined;
  const whole = tokens.slice(2).join("/");
  if (ref.startsWith("#/components/messages/") && isObject(messages) && whole in messages) return whole;
  return ref.includes("#") ? tokens.at(-1) : undefined;
}

/** Wraps the payload with its schema format, as 3.0 has it (Multi Format Schema Object). */
export function convertMessage(context: ConvertContext, message: JsonObject): JsonObject {
  if ("$ref" in message) return message;
  const traits = message["traits"];
  const inlineTraits = isArray(traits)
    ? traits.map((trait) => (isObject(trait) ? convertMessage(context, trait) : trait))
    : undefined;
  const format = stringAt(message, "schemaFormat");
  if (format === undefined && inlineTraits === undefined && !("messageId" in message)) return message;
  const builder = createObjectBuilder();
  builder.addAll(message, new Set(["schemaFormat", "payload", "messageId", "traits"]));
  if (!builder.has("name")) builder.add("name", message["messageId"], message, "messageId");
  if (inlineTraits !== undefined && isArray(traits)) builder.add("traits", buildArray(inlineTraits, traits), message);
  builder.add("payload", wrapPayload(message, format), message);
  return builder.build(message);
}

function wrapPayload(message: JsonObject, format: string | undefined): JsonValue | undefined {
  const { payload } = message;
  if (payload === undefined || format === undefined || isDefaultFormat(format)) return payload;
  const wrapped = createObjectBuilder();
  wrapped.add("schemaFormat", format, message);
  wrapped.add("schema", payload, message, "payload");
  return wrapped.build(message);
}

function isDefaultFormat(format: string): boolean {
  return /^application\/vnd\.aai\.asyncapi(?:\+json|\+yaml)?;version=2\.\d+\.\d+$/.test(format);
}
