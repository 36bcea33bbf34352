/** What generated `_pb` modules import: the code generation ABI of protobuf-es, version 2, and the types around it. */
export type { JsonObject, Message, UnknownEnum } from "@bufbuild/protobuf";
export { enumDesc, extDesc, fileDesc, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
export type { GenEnum, GenExtension, GenFile, GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
