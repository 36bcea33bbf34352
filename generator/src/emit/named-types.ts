import { docComment } from "../code/doc-comment.ts";
import type { Code } from "../code/code.ts";
import { typeStatement } from "../code/statement.ts";
import { reference } from "../code/type-tree.ts";
import type { NamedType } from "../model/schema.ts";
import type { PlannedHome } from "../plan/plan.ts";
import { placeOf } from "../source/source-file.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import type { TypeScope } from "./type-scope.ts";
import { schemaType } from "./types.ts";

/** The exported types of a document, each with its doc and place. */
export function namedTypeStatements(home: PlannedHome, scope: TypeScope): readonly Code[] {
  const own =
    home.module.endsWith("_events") || home.source.endsWith(".avsc") ? { ...scope, binary: bytesType } : scope;
  return home.types.flatMap((type) => {
    const name = scope.plan.types.get(type.id)?.symbol.name;
    return name === undefined ? [] : [namedTypeStatement(type, name, own)];
  });
}

/** Payloads come as bytes, never as files. */
export const bytesType: TypeScope["binary"] = reference(runtimeSymbol("BinaryPayload"));

function namedTypeStatement(type: NamedType, name: string, scope: TypeScope): Code {
  const { description, title, deprecated } = type.schema;
  const text = description ?? (title === name ? undefined : title);
  const doc = docComment(text, { place: placeOf(type.at), ...(deprecated === true ? { isDeprecated: true } : {}) });
  return typeStatement(name, schemaType(type.schema, { ...scope, owner: type.id }), doc);
}
