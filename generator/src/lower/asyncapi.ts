import { asyncApiMessages } from "../diagnostics/catalogue/asyncapi.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { LoadedDocument } from "../load/loaded.ts";
import type { EventChannelModel, EventContract, EventMessageModel, EventOperationModel } from "../model/event.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { lowerBindings, mergeBindings } from "./asyncapi-bindings.ts";
import { createNode, listOf, mapOf, ownText, textOf, traitsOf, type AsyncNode } from "./asyncapi-node.ts";
import { lowerMessage } from "./asyncapi-message.ts";
import { lowerEventPolicy } from "./asyncapi-policy.ts";
import type { LoweringInput } from "./lowering.ts";
import { serviceFullName } from "./names.ts";

/** Lowers every AsyncAPI document (all are in their 3.x form by now) that was found by discovery. */
export function lowerAsyncApi(input: LoweringInput): readonly EventContract[] {
  return input.loaded.documents
    .filter((document) => document.kind === "asyncapi" && document.isEntry && isObject(document.root))
    .map((document) => lowerDocument(document, input));
}

/** One document on its way down. */
interface DocumentFrame {
  readonly input: LoweringInput;
  readonly document: LoadedDocument;
  readonly root: AsyncNode;
  readonly fullName: string;
  /** Channels by the object that declares them, so that two operations share one. */
  readonly channels: Map<JsonValue, EventChannelModel>;
}

function lowerDocument(document: LoadedDocument, input: LoweringInput): EventContract {
  const root = createNode(document.root, document, input.loaded);
  const info = root.child("info");
  const { path } = document.file;
  const name = textOf(info, "title") ?? path;
  const frame: DocumentFrame = { input, document, root, fullName: serviceFullName(path, name), channels: new Map() };
  input.schemas.registerAll(document, "/components/schemas");
  const channels = mapOf(root, "channels").map(([key, node]) => lowerChannel(key, node, frame));
  const operations = mapOf(root, "operations").flatMap(([key, node]) => lowerOperation(key, node, frame));
  const description = textOf(info, "description");
  return {
    kind: "event",
    path,
    at: { file: document.file, start: 0, end: 0 },
    name,
    fullName: frame.fullName,
    ...(description === undefined ? {} : { description }),
    channels,
    operations,
  };
}

function lowerChannel(key: string, node: AsyncNode, frame: DocumentFrame): EventChannelModel {
  const known = frame.channels.get(node.value);
  if (known !== undefined) return known;
  const address = isObject(node.value) ? node.value["address"] : undefined;
  const description = textOf(node, "description") ?? textOf(node, "summary") ?? textOf(node, "title");
  const bindings = lowerBindings(node);
  const channel: EventChannelModel = {
    at: rangeOfNode(node, frame),
    name: key,
    address: typeof address === "string" ? address : address === null ? null : key,
    ...(description === undefined ? {} : { description }),
    parameters: mapOf(node, "parameters").map(([name]) => name),
    protocols: listProtocols(node, frame),
    ...(bindings === undefined ? {} : { bindings }),
  };
  frame.channels.set(node.value, channel);
  return channel;
}

/** Protocols of the channel's servers; a channel that names none is on every server of its document. */
function listProtocols(channel: AsyncNode, frame: DocumentFrame): string[] {
  const named = listOf(channel, "servers");
  const own =
    channel.document === frame.document
      ? frame.root
      : createNode(channel.document.root, channel.document, frame.input.loaded);
  const servers = named.length > 0 ? named : mapOf(own, "servers").map(([, server]) => server);
  const protocols = servers.flatMap((server) => textOf(server, "protocol") ?? []);
  return [...new Set(protocols)].sort();
}

function lowerOperation(key: string, node: AsyncNode, frame: DocumentFrame): EventOperationModel[] {
  const { input } = frame;
  const at = rangeOfNode(node, frame);
  const traits = traitsOf(node);
  const action = isObject(node.value) ? node.value["action"] : undefined;
  const channelNode = node.child("channel");
  // What is missing here, or refers to nothing, was reported when the document was read.
  if (action !== "send" && action !== "receive") return [];
  if (channelNode === undefined || !isObject(channelNode.value)) return [];
  const channel = lowerChannel(channelNode.key ?? key, channelNode, frame);
  const messages = lowerMessages(node, channelNode, frame);
  if (messages.length === 0) {
    const parameters = { operation: key, channel: channel.name };
    input.report(createDiagnostic(asyncApiMessages.operationWithoutMessages, parameters, { range: at }));
  }
  const summary = ownText(node, traits, "summary") ?? ownText(node, traits, "title");
  const description = ownText(node, traits, "description");
  const bindings = mergeBindings([node, ...traits].map(lowerBindings));
  const reply = lowerReply(node, frame);
  return [
    {
      at,
      name: key,
      action,
      ...(summary === undefined ? {} : { summary }),
      ...(description === undefined ? {} : { description }),
      ...(isObject(node.value) && node.value["deprecated"] === true ? { deprecated: true } : {}),
      channel,
      messages,
      ...(reply === undefined ? {} : { reply }),
      ...(bindings === undefined ? {} : { bindings }),
      policy: lowerEventPolicy(
        { key, at, node, traits, channel: channelNode, root: frame.root, fullName: frame.fullName },
        input,
      ),
    },
  ];
}

/** The messages an operation lists, else all of its channel's. */
function lowerMessages(
  operation: AsyncNode,
  channel: AsyncNode | undefined,
  frame: DocumentFrame,
): EventMessageModel[] {
  const listed =
    isObject(operation.value) && isArray(operation.value["messages"]) ? listOf(operation, "messages") : undefined;
  const nodes = listed ?? mapOf(channel, "messages").map(([, message]) => message);
  return withDistinctNames(
    nodes.map((node) =>
      lowerMessage(node, {
        input: frame.input,
        defaultContentType: defaultContentType(node.document),
      }),
    ),
  );
}

function lowerReply(operation: AsyncNode, frame: DocumentFrame): EventOperationModel["reply"] {
  const reply = operation.child("reply");
  if (reply === undefined) return undefined;
  const channelNode = reply.child("channel");
  const channel =
    channelNode === undefined || !isObject(channelNode.value)
      ? undefined
      : lowerChannel(channelNode.key ?? "reply", channelNode, frame);
  const messages = lowerMessages(reply, channelNode, frame);
  return { ...(channel === undefined ? {} : { channel }), messages };
}

/** Two messages of one operation can share a name (inline ones); the union needs distinct ones. */
function withDistinctNames(messages: readonly EventMessageModel[]): EventMessageModel[] {
  const used = new Set<string>();
  return messages.map((message) => {
    let name = message.name;
    for (let number = 2; used.has(name); number++) name = `${message.name}${number}`;
    used.add(name);
    return name === message.name ? message : { ...message, name };
  });
}

function defaultContentType(document: LoadedDocument): string {
  const root: JsonObject | undefined = isObject(document.root) ? document.root : undefined;
  const declared = root?.["defaultContentType"];
  return typeof declared === "string" ? declared : "application/json";
}

function rangeOfNode(node: AsyncNode, frame: DocumentFrame): SourceRange {
  return (
    node.range ??
    (isObject(node.value) ? rangeOf(node.value) : undefined) ?? { file: frame.document.file, start: 0, end: 0 }
  );
}
