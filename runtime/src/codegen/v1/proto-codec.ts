import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create, fromBinary, fromJsonString, isMessage, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { PayloadCodec } from "../../descriptor/event.ts";

/** A protobuf message in its binary form. Plain objects are taken as initialisers (`create`). */
export function protoCodec<Desc extends DescMessage>(
  schema: Desc,
  contentType: string = "application/protobuf",
): PayloadCodec<MessageShape<Desc>> {
  return {
    contentType,
    encode: (data) => toBinary(schema, messageOf(schema, data)),
    decode: (bytes) => fromBinary(schema, bytes),
  };
}

/** A protobuf message in its JSON form. Unknown fields are skipped, so that producers may be newer. */
export function protoJsonCodec<Desc extends DescMessage>(
  schema: Desc,
  contentType: string = "application/json",
): PayloadCodec<MessageShape<Desc>> {
  return {
    contentType,
    encode: (data) => new TextEncoder().encode(toJsonString(schema, messageOf(schema, data))),
    decode: (bytes) => {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return fromJsonString(schema, text, { ignoreUnknownFields: true });
    },
  };
}

function messageOf<Desc extends DescMessage>(schema: Desc, data: MessageShape<Desc>): MessageShape<Desc> {
  return isMessage(data, schema) ? data : create(schema, data as MessageInitShape<Desc>);
}
