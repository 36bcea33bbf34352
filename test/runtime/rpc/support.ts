import { create, createFileRegistry, type DescMethod, type DescService } from "@bufbuild/protobuf";
import {
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
} from "@bufbuild/protobuf/wkt";
import type { RpcOperation, RpcService, RpcStreamKind } from "../../../runtime/src/descriptor/rpc.ts";
import type { FakeHandlers } from "../http/support.ts";

const text = ".google.protobuf.StringValue";
const number = ".google.protobuf.Int32Value";
const isRead = MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;

/** test/v1/echo.proto, as a compiler would give it. */
const file = create(FileDescriptorProtoSchema, {
  name: "test/v1/echo.proto",
  package: "test.v1",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Echo",
      method: [
        { name: "Say", inputType: text, outputType: text, options: { idempotencyLevel: isRead } },
        { name: "Count", inputType: number, outputType: number, serverStreaming: true },
        { name: "Sum", inputType: number, outputType: number, clientStreaming: true },
        { name: "Chat", inputType: text, outputType: text, clientStreaming: true, serverStreaming: true },
      ],
    },
  ],
});

const registry = createFileRegistry(file, (name) =>
  name === "google/protobuf/wrappers.proto" ? file_google_protobuf_wrappers : undefined,
);

export const echoDescriptor: DescService = registry.getService("test.v1.Echo") as DescService;

function rpc(name: string, stream: RpcStreamKind): RpcOperation {
  return {
    kind: "rpc",
    name,
    service: "test.v1.Echo",
    stream,
    method: echoDescriptor.method[name] as DescMethod,
    policy: { idempotency: { level: "none" } },
  };
}

export const say: RpcOperation<any> = rpc("say", "unary");
export const count: RpcOperation<any> = rpc("count", "serverStream");
export const sum: RpcOperation<any> = rpc("sum", "clientStream");
export const chat: RpcOperation<any> = rpc("chat", "bidiStream");

export const Echo: RpcService = { kind: "rpc", name: "test.v1.Echo", operations: { say, count, sum, chat } };

/** Handlers of all four kinds. */
export const echoHandlers: FakeHandlers = {
  say: (input) => ({ value: `${input.value}!` }),
  async *count(input) {
    for (let value = 1; value <= input.value; value += 1) yield { value };
  },
  async sum(input) {
    let value = 0;
    for await (const each of input) value += each.value;
    return { value };
  },
  async *chat(input) {
    for await (const each of input) yield { value: each.value.toUpperCase() };
  },
};

export async function* streamOf<T>(...values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

export async function collect(values: unknown): Promise<any[]> {
  const all: unknown[] = [];
  for await (const value of values as AsyncIterable<unknown>) all.push((value as { value: unknown }).value);
  return all;
}
