import { docComment } from "../code/doc-comment.ts";
import type { Code } from "../code/code.ts";
import { typeStatement } from "../code/statement.ts";
import type { NamedType } from "../model/schema.ts";
import type { PlannedHome } from "../plan/plan.ts";
import { placeOf } from "../source/source-file.ts";
import type { TypeScope } from "./type-scope.ts";
import { schemaType } from "./types.ts";

/** The exported types of a document, each with its doc and place, made one after another. */
export function* namedTypeStatements(home: PlannedHome, scope: TypeScope): Generator<Code> {
  for (const type of home.types) {
    const name = scope.plan.types.get(type.id)?.symbol.name;
    if (name !== undefined) yield namedTypeStatement(type, name, scope);
  }
}

const viewPlaces = { input: "in requests", form: "as a form", file: "in a part of a form" } as const;

function namedTypeStatement(type: NamedType, name: string, scope: TypeScope): Code {
  const { description, title, deprecated } = type.schema;
  const plain = type.view && scope.plan.types.get(type.view.of)?.symbol.name;
  const text = [
    type.view && plain && `\`${plain}\` ${viewPlaces[type.view.kind]}.`,
    description ?? (title === name ? undefined : title),
  ]
    .filter((part) => part !== undefined)
    .join("\n\n");
  const doc = docComment(text === "" ? undefined : text, {
    place: placeOf(type.at),
    ...(deprecated === true ? { isDeprecated: true } : {}),
  });
  return typeStatement(name, schemaType(type.schema, scope), doc);
}
