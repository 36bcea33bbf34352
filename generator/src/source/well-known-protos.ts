/** Proto files whose messages `@trilogue/runtime/codegen/v1/wkt` exports; imported from there, not generated. */
export const wellKnownProtos: ReadonlySet<string> = new Set([
  "google/protobuf/any.proto",
  "google/protobuf/api.proto",
  "google/protobuf/compiler/plugin.proto",
  "google/protobuf/cpp_features.proto",
  "google/protobuf/descriptor.proto",
  "google/protobuf/duration.proto",
  "google/protobuf/empty.proto",
  "google/protobuf/field_mask.proto",
  "google/protobuf/go_features.proto",
  "google/protobuf/java_features.proto",
  "google/protobuf/source_context.proto",
  "google/protobuf/struct.proto",
  "google/protobuf/timestamp.proto",
  "google/protobuf/type.proto",
  "google/protobuf/wrappers.proto",
]);

/** Where our policy options are declared. */
export const policyProto = "trilogue/v1/policy.proto";
