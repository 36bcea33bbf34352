/** The well-known types that generated `_pb` modules import. */
export * from "@bufbuild/protobuf/wkt";
