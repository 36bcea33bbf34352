import type { LoadedDocument } from "../load/loaded.ts";
import type { PolicyLayerName, ResolvedPolicy } from "../model/policy.ts";
import { readEventExtensions } from "../policy/event-extensions.ts";
import type { NativeFacts, PolicyLayer } from "../policy/layers.ts";
import { resolvePolicy } from "../policy/resolve.ts";
import { isObject, rangeOf, type JsonObject } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { listOf, mapOf, type AsyncNode } from "./asyncapi-node.ts";
import type { LoweringInput } from "./lowering.ts";

/** The operation whose policy is asked for, with everything around it that may carry a layer. */
export interface EventPolicyPlace {
  readonly key: string;
  readonly at: SourceRange;
  readonly node: AsyncNode;
  /** The strongest first. */
  readonly traits: readonly AsyncNode[];
  readonly channel: AsyncNode;
  readonly root: AsyncNode;
  readonly fullName: string;
}

/** Merges the layers around an event operation: root, servers, channel, traits, operation, then other files. */
export function lowerEventPolicy(place: EventPolicyPlace, input: LoweringInput): ResolvedPolicy {
  const servers = listOf(place.channel, "servers");
  const layers: PolicyLayer[] = [
    ...(input.options.defaultsFor?.("event") ?? []),
    ...readLayer("root", place.root),
    ...(servers.length > 0 ? servers : mapOf(place.root, "servers").map(([, server]) => server)).flatMap((server) =>
      readLayer("server", server),
    ),
    ...readLayer("channel", place.channel),
    ...place.traits
      .toReversed()
      .flatMap((trait) => [...readExtensions(trait, input), ...readLayer("operation", trait)])
      .map((layer) => ({ ...layer, isWide: true })),
    ...readExtensions(place.node, input),
    ...readLayer("operation", place.node),
    ...(input.options.overridesFor?.(`${place.fullName}/${place.key}`) ?? []),
  ];
  const { value, diagnostics } = resolvePolicy({ name: place.key, at: place.at }, factsOf(place), layers);
  for (const diagnostic of diagnostics) input.report(diagnostic);
  return value;
}

/** Producers here give each message a CloudEvents id, which consumers read: it is keyed unless said otherwise. */
function factsOf(place: EventPolicyPlace): NativeFacts {
  return {
    kind: "event",
    isStream: false,
    level: { value: "keyed", why: "the CloudEvents source and id of each message", range: place.at },
    levelIsFact: false,
    key: { from: "message", name: "id", required: false },
    hasSecurity: false,
  };
}

function readExtensions({ value }: AsyncNode, input: LoweringInput): readonly PolicyLayer[] {
  return isObject(value) ? readEventExtensions(value, (holder) => input.loaded.refs.get(holder)?.value) : [];
}

function readLayer(name: PolicyLayerName, node: AsyncNode): PolicyLayer[] {
  const holder: JsonObject | undefined = isObject(node.value) ? node.value : undefined;
  const value = holder?.["x-trilogue"];
  if (holder === undefined || value === undefined) return [];
  const range = rangeOf(holder, "x-trilogue") ?? documentRange(node.document);
  // A layer that is no object is reported where layers are parsed.
  return [{ name, value: (isObject(value) ? value : { "": value }) as JsonObject, range }];
}

function documentRange(document: LoadedDocument): SourceRange {
  return { file: document.file, start: 0, end: 0 };
}
