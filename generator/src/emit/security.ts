import type { Code } from "../code/code.ts";
import { docComment } from "../code/doc-comment.ts";
import { expression } from "../code/literal.ts";
import type { LiteralValue } from "../code/literal.ts";
import { constStatement, interfaceStatement } from "../code/statement.ts";
import { literalType, objectType, reference, typeOf } from "../code/type-tree.ts";
import type { HttpContract, HttpOperationModel, HttpSecuritySchemeModel } from "../model/http.ts";
import type { PlannedService } from "../plan/plan.ts";
import { placeOf } from "../source/source-file.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/** One constant a security scheme, so that an operation that is used alone brings along those that it names. */
export function schemeStatements(service: PlannedService): readonly Code[] {
  const statements: Code[] = [];
  for (const [scheme, constant] of service.schemes) {
    const { at, description, deprecated, ...facts } = scheme;
    const type = reference(runtimeSymbol("HttpSecurityScheme"), [literalType(scheme.kind)]);
    const value: LiteralValue = { ...facts, flows: flowsLiteral(scheme), deprecated };
    statements.push(constStatement(constant, type, { value, doc: schemeDoc(scheme) }));
  }
  return statements;
}

/** The interface of a service's schemes by their names; none where there are none. */
export function schemesInterface(contract: HttpContract, service: PlannedService): readonly Code[] {
  if (service.schemesName === "") return [];
  const tree = objectType(
    contract.securitySchemes.map((scheme) => {
      const doc = schemeDoc(scheme);
      const type = typeOf(service.schemes.get(scheme) ?? "");
      return { name: scheme.name, isOptional: false, type, ...(doc === undefined ? {} : { doc }) };
    }),
  );
  if (tree.kind !== "object") throw new Error("internal: objectType makes objects");
  return [interfaceStatement(service.schemesName, tree, docComment(`Security schemes of \`${service.name}\`.`))];
}

/** `{ bearerAuth: bearerAuthScheme }`; undefined where there is none. */
export function schemesLiteral(contract: HttpContract, service: PlannedService): LiteralValue | undefined {
  if (contract.securitySchemes.length === 0) return undefined;
  const literal = Object.create(null) as { [name: string]: LiteralValue };
  for (const scheme of contract.securitySchemes) literal[scheme.name] = nameOf(scheme, service);
  return literal;
}

/** `[[{ scheme: bearerAuthScheme, scopes: ["read"] }], []]`. */
export function securityLiteral(
  security: HttpOperationModel["security"],
  service: PlannedService,
): LiteralValue | undefined {
  return security?.map((alternative) =>
    alternative.map(({ scheme, scopes }) => ({
      scheme: nameOf(scheme, service),
      scopes: scopes.length === 0 ? undefined : scopes,
    })),
  );
}

function nameOf(scheme: HttpSecuritySchemeModel, service: PlannedService): LiteralValue {
  const constant = service.schemes.get(scheme);
  // What no place of the contract declares has no constant: everything that is known of it is its name.
  return constant === undefined ? { name: scheme.name, kind: scheme.kind } : expression(constant);
}

function flowsLiteral({ flows }: HttpSecuritySchemeModel): LiteralValue | undefined {
  if (flows === undefined) return undefined;
  const literal = Object.create(null) as { [name: string]: LiteralValue };
  for (const [name, flow] of Object.entries(flows)) literal[name] = { ...flow };
  return literal;
}

function schemeDoc({ description, deprecated, at }: HttpSecuritySchemeModel): Code | undefined {
  return docComment(description, { place: placeOf(at), ...(deprecated === true ? { isDeprecated: true } : {}) });
}
