import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { ContentCodings, ContentDecoder } from "./content-coding.ts";

/** The content codings that Node reads: gzip, deflate and br. They inflate no more than is read of them. */
export const nodeCodings: ContentCodings = {
  gzip: decoder(createGunzip),
  deflate: decoder(createInflate),
  br: decoder(createBrotliDecompress),
};

function decoder(create: () => Transform): ContentDecoder {
  return (body) => {
    const decoded = create();
    // Its failure is also that of the stream that is read.
    pipeline(Readable.from(body, { objectMode: false }), decoded, () => undefined);
    return decoded;
  };
}
