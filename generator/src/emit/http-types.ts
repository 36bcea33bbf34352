import { typeStatement } from "../code/statement.ts";
import { docComment } from "../code/doc-comment.ts";
import type { Code } from "../code/code.ts";
import { isKeyword, keyword, literalType, objectType, reference, union } from "../code/type-tree.ts";
import type { TypeMember, TypeTree } from "../code/type-tree.ts";
import type { HttpMediaTypeModel, HttpOperationModel, HttpParameterModel, HttpResponseModel } from "../model/http.ts";
import { codecOf } from "../plan/media-type.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import type { TypeScope } from "./type-scope.ts";
import { schemaType } from "./types.ts";

/** Which way a body goes: what may be given is wider than what comes. */
type Direction = "given" | "received";

/** The types of one operation, as arguments of `HttpOperation` and as statements. */
export interface OperationTypes {
  readonly statements: readonly Code[];
  /** Input, Result, Response, Plain. */
  readonly args: readonly TypeTree[];
}

const locations = ["path", "query", "querystring", "header", "cookie"] as const;

/** `<Name>Input` and `<Name>Response`, and what a call resolves to and a handler may return. */
export function operationTypes(
  operation: HttpOperationModel,
  planned: PlannedOperation,
  scope: TypeScope,
): OperationTypes {
  const input = inputType(operation, scope);
  const response = union(
    operation.responses.flatMap((declared) => responseTypes(declared, operation.responses, scope)),
  );
  const statements = [
    typeStatement(planned.input, input, docComment(`Input of \`${planned.localName}\`.`)),
    typeStatement(planned.response, response, docComment(`Responses of \`${planned.localName}\`.`)),
  ];
  const successes = successesOf(operation.responses);
  return {
    statements,
    args: [
      reference(planned.input),
      resultType(successes, scope),
      reference(planned.response),
      plainType(successes, scope),
    ],
  };
}

/** With several media types, or a range of them, `contentType` says which one; the first declared may go without. */
function inputType(operation: HttpOperationModel, scope: TypeScope): TypeTree {
  const parts = locations.flatMap((location) => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === location);
    return parameters.length === 0 ? [] : [parametersMember(location, parameters, scope)];
  });
  const { body } = operation;
  const content = body?.content ?? [];
  const [first] = content;
  if (body === undefined || first === undefined) return objectType(parts);
  const members = content.map((media) => {
    const type = bodyType(media, "given", scope);
    const bodyMember: TypeMember = { name: "body", isOptional: !body.required, type };
    if (content.length === 1 && !media.mediaType.includes("*")) return objectType([...parts, bodyMember]);
    const contentType: TypeMember = {
      name: "contentType",
      isOptional: media === first,
      type: mediaTypeType(media.mediaType),
    };
    return objectType([...parts, contentType, bodyMember]);
  });
  return union(members);
}

function parametersMember(
  location: (typeof locations)[number],
  parameters: readonly HttpParameterModel[],
  scope: TypeScope,
): TypeMember {
  const [only] = parameters;
  if (location === "querystring" && only !== undefined) {
    return { name: location, isOptional: !only.required, type: schemaType(only.schema, scope) };
  }
  const members = parameters.map((parameter) => parameterMember(parameter, scope));
  return { name: location, isOptional: members.every(({ isOptional }) => isOptional), type: objectType(members) };
}

function parameterMember(parameter: HttpParameterModel, scope: TypeScope): TypeMember {
  const doc = docComment(
    parameter.description ?? parameter.schema.description,
    parameter.deprecated === true ? { isDeprecated: true } : {},
  );
  return {
    name: parameter.name,
    isOptional: !parameter.required,
    type: schemaType(parameter.schema, scope),
    ...(doc === undefined ? {} : { doc }),
  };
}

function responseTypes(
  response: HttpResponseModel,
  declared: readonly HttpResponseModel[],
  scope: TypeScope,
): readonly TypeTree[] {
  const status: TypeMember = { name: "status", isOptional: false, type: statusType(response.status, declared) };
  const headers: TypeMember = {
    name: "headers",
    isOptional: false,
    type: objectType(response.headers.map((header) => parameterMember(header, scope))),
  };
  const content: readonly (HttpMediaTypeModel | undefined)[] =
    response.content.length === 0 ? [undefined] : response.content;
  return content.map((media) =>
    objectType([
      status,
      {
        name: "contentType",
        isOptional: false,
        type: media === undefined ? keyword("undefined") : mediaTypeType(media.mediaType),
      },
      headers,
      {
        name: "body",
        isOptional: false,
        type: media === undefined ? keyword("undefined") : bodyType(media, "received", scope),
      },
    ]),
  );
}

/** A status, or those of a range or `default` that aren't declared apart. No response ends with 1xx. */
function statusType(status: string, declared: readonly HttpResponseModel[]): TypeTree {
  if (isExact(status)) return literalType(Number(status));
  const ranges = new Set(declared.flatMap((other) => (/^\dXX$/.test(other.status) ? [other.status.charAt(0)] : [])));
  const classes =
    status === "default" ? ["2", "3", "4", "5"].filter((digit) => !ranges.has(digit)) : [status.charAt(0)];
  const apart = declared.filter((other) => isExact(other.status) && classes.includes(other.status.charAt(0)));
  if (classes.length === 0) return keyword("never");
  const lists = [classes, apart.map((other) => other.status)].filter((list) => list.length > 0);
  return reference(
    runtimeSymbol("StatusRange"),
    lists.map((list) => union(list.map((digits) => literalType(Number(digits))))),
  );
}

function isExact(status: string): boolean {
  return /^\d{3}$/.test(status);
}

/** A range such as `image/*` stands for types that the contract does not list. */
function mediaTypeType(mediaType: string): TypeTree {
  return mediaType.includes("*") ? keyword("string") : literalType(mediaType);
}

/** The declared successes; `default` is one where nothing else is. */
function successesOf(responses: readonly HttpResponseModel[]): readonly HttpResponseModel[] {
  const declared = responses.filter(({ status }) => status.startsWith("2"));
  return declared.length > 0 ? declared : responses.filter(({ status }) => status === "default");
}

function resultType(successes: readonly HttpResponseModel[], scope: TypeScope): TypeTree {
  const types = successes.flatMap(({ content }) =>
    content.length === 0 ? [keyword("undefined")] : content.map((media) => bodyType(media, "received", scope)),
  );
  const result = types.length === 0 ? keyword("undefined") : union(types);
  return isKeyword(result, "undefined") ? keyword("void") : result;
}

/** A handler may return the body alone when that leaves nothing open: one status, one media type, no headers. */
function plainType(successes: readonly HttpResponseModel[], scope: TypeScope): TypeTree {
  const [only] = successes;
  if (only === undefined || successes.length > 1) return keyword("never");
  if (only.headers.length > 0 || only.content.length > 1) return keyword("never");
  const [media] = only.content;
  // Without a body any status of success says the same, and 204 is answered.
  if (!/^2\d\d$/.test(only.status) && media !== undefined) return keyword("never");
  return media === undefined ? keyword("void") : bodyType(media, "given", scope);
}

/** The type of a body. Readers get bytes as one array; writers may also give a file or a stream. */
function bodyType(media: HttpMediaTypeModel, direction: Direction, scope: TypeScope): TypeTree {
  const { schema } = media;
  const bytes = direction === "given" ? "BinaryBody" : "ReceivedBytes";
  switch (codecOf(media)) {
    case "json":
    case "form":
    case "multipart":
      return schema === undefined ? keyword("unknown") : schemaType(schema, scope);
    case "text": {
      const type = schema === undefined ? keyword("string") : schemaType(schema, scope);
      return isText(type) ? type : keyword("string");
    }
    case "binary":
      return reference(runtimeSymbol(bytes));
    case "eventStream":
      return reference(
        runtimeSymbol("EventStream"),
        media.itemSchema === undefined ? [] : [schemaType(media.itemSchema, scope)],
      );
    case "jsonLines": {
      const item = media.itemSchema ?? schema;
      return reference(runtimeSymbol("JsonLines"), item === undefined ? [] : [schemaType(item, scope)]);
    }
  }
}

function isText(type: TypeTree): boolean {
  if (type.kind === "union") return type.members.every(isText);
  return type.kind === "literal" && type.base === "string";
}
