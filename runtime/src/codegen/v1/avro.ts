import type { PayloadCodec } from "../../descriptor/event.ts";
import { createReader, createWriter } from "../avro/bytes.ts";
import { compileAvroSchema } from "../avro/schema.ts";
import type { AvroType } from "../avro/types.ts";

/**
 * Avro's binary encoding (Avro 1.12) without a header: the schema is the contract's, on both sides.
 *
 * Records and maps are plain objects, unions plain values, `bytes` and `fixed` are `Uint8Array`, `long` is a number.
 * Fields left out are written as their default. Encoding throws a `TypeError` for what is not of the schema; decoding
 * throws a `RangeError` or `TypeError` for bytes that aren't, for longs that are no safe integers, for values nested
 * more than 200 deep, and for blocks that announce more items than there are bytes for. The schema is read when first
 * used.
 */
export function avroCodec<Data = any>(
  schemaText: string,
  contentType: string = "application/vnd.apache.avro",
): PayloadCodec<Data> {
  let compiled: AvroType | undefined;
  const typeOf = (): AvroType => (compiled ??= compileAvroSchema(schemaText));
  return {
    contentType,
    encode: (data) => {
      const writer = createWriter();
      typeOf().write(writer, data, { path: "", depth: 0 });
      return writer.finish();
    },
    decode: (bytes) => {
      const reader = createReader(bytes);
      const value = typeOf().read(reader, 0);
      if (reader.remaining() > 0) throw new RangeError(`${reader.remaining()} bytes are left after the payload`);
      return value as Data;
    },
  };
}
