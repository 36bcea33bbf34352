import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { DurationSchema, SourceContextSchema } from "@bufbuild/protobuf/wkt";
import { binaryCodec, jsonCodec, textCodec } from "../../../runtime/src/codegen/v1/events.ts";
import { protoCodec, protoJsonCodec } from "../../../runtime/src/codegen/v1/proto-codec.ts";

const text = new TextDecoder();
const bytes = new TextEncoder();

test("JSON payloads come back as they were", () => {
  const codec = jsonCodec();
  strictEqual(codec.contentType, "application/json");
  deepStrictEqual(codec.decode(codec.encode({ a: [1, "ü"] })), { a: [1, "ü"] });
});

test("what is no JSON or no UTF-8 is refused", () => {
  throws(() => jsonCodec().decode(bytes.encode("{")), SyntaxError);
  throws(() => jsonCodec().decode(Uint8Array.of(0xff)), TypeError);
  throws(() => jsonCodec().encode(undefined), TypeError);
  throws(() => textCodec().decode(Uint8Array.of(0xff)), TypeError);
});

test("text and bytes stay as they are", () => {
  strictEqual(textCodec().decode(textCodec("text/csv").encode("ä;b")), "ä;b");
  deepStrictEqual(binaryCodec().decode(binaryCodec().encode(Uint8Array.of(1, 2))), Uint8Array.of(1, 2));
});

test("protobuf payloads take messages and initialisers", () => {
  const codec = protoCodec(DurationSchema);
  const message = create(DurationSchema, { seconds: 3n });
  deepStrictEqual(codec.decode(codec.encode(message)), message);
  deepStrictEqual(codec.decode(codec.encode({ seconds: 3n } as typeof message)), message);
});

test("protobuf JSON payloads skip fields of newer producers", () => {
  const codec = protoJsonCodec(DurationSchema);
  strictEqual(text.decode(codec.encode(create(DurationSchema, { seconds: 3n }))), '"3s"');
  const newer = bytes.encode('{ "fileName": "a.proto", "addedLater": 1 }');
  strictEqual(protoJsonCodec(SourceContextSchema).decode(newer).fileName, "a.proto");
});
