import { typeSymbol } from "../code/build.ts";
import type { CodeSymbol } from "../code/code.ts";
import { nameCollision } from "../diagnostics/catalogue/plan.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { EventContract, EventOperationModel } from "../model/event.ts";
import type { HttpContract, HttpOperationModel, HttpSecuritySchemeModel } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { NamedType, TypeId } from "../model/schema.ts";
import { createAllocator } from "./allocator.ts";
import type { Allocator } from "./allocator.ts";
import { toLocalName, toPascalWords, toTypeName, toValueName } from "./identifiers.ts";
import { modulePath } from "./paths.ts";
import type { PlannedHome, PlannedOperation, PlannedService } from "./plan.ts";

/** The names of all modules with schemas. */
export interface PlannedNames {
  readonly homes: ReadonlyMap<string, PlannedHome>;
  readonly types: ReadonlyMap<TypeId, CodeSymbol>;
  readonly services: ReadonlyMap<HttpContract | EventContract, PlannedService>;
  readonly operations: ReadonlyMap<HttpOperationModel | EventOperationModel, PlannedOperation>;
}

interface Naming {
  readonly types: Map<TypeId, CodeSymbol>;
  readonly services: Map<HttpContract | EventContract, PlannedService>;
  readonly operations: Map<HttpOperationModel | EventOperationModel, PlannedOperation>;
  readonly diagnostics: Diagnostic[];
}

/** Names types first, because users know those, then services, then operations with their types. */
export function planNames(model: Model, diagnostics: Diagnostic[]): PlannedNames {
  const naming: Naming = { types: new Map(), services: new Map(), operations: new Map(), diagnostics };
  const typesByHome = new Map<string, NamedType[]>();
  for (const type of model.types.values()) {
    const types = typesByHome.get(type.home) ?? [];
    types.push(type);
    typesByHome.set(type.home, types);
  }
  const contracts = new Map<string, HttpContract | EventContract>();
  for (const contract of model.contracts) {
    if (contract.kind !== "rpc") contracts.set(contract.path, contract);
  }
  const homes = new Map<string, PlannedHome>();
  for (const source of [...new Set([...contracts.keys(), ...typesByHome.keys()])].sort()) {
    const contract = contracts.get(source);
    const module = modulePath(source, contract === undefined ? "schema" : contract.kind === "http" ? "http" : "events");
    const allocator = createAllocator();
    const scope = { module, allocator, naming };
    const types = typesByHome.get(source) ?? [];
    nameTypes(types, scope);
    if (contract !== undefined) nameContract(contract, scope);
    nameViews(types, scope);
    homes.set(source, { module, source, types: sortByPlace(types), declares: [...allocator.names] });
  }
  return { homes, types: naming.types, services: naming.services, operations: naming.operations };
}

interface Scope {
  readonly module: string;
  readonly allocator: Allocator;
  readonly naming: Naming;
}

/** Names that are identifiers already come first, so that no repaired name can take one of theirs. */
function nameTypes(types: readonly NamedType[], { module, allocator, naming }: Scope): void {
  const byId = types.filter(({ view }) => view === undefined).sort((left, right) => (left.id < right.id ? -1 : 1));
  const kept = byId.filter((type) => toTypeName(type.name) === type.name);
  const repaired = byId.filter((type) => toTypeName(type.name) !== type.name);
  for (const type of [...kept, ...repaired]) {
    const wanted = toTypeName(type.name);
    const name = allocator.take(wanted, "Schema");
    naming.types.set(type.id, typeSymbol(name, { module }, folderName(module, name)));
    if (name !== wanted) warn(naming, { what: "schema", name: type.name, wanted, taken: name }, type.at);
  }
}

/** Views give way to all that the contract names itself: `OrderInput` is then `OrderInputView`. */
function nameViews(types: readonly NamedType[], { module, allocator, naming }: Scope): void {
  const views = types.filter(({ view }) => view !== undefined).sort((left, right) => (left.id < right.id ? -1 : 1));
  for (const { id, name: wanted } of views) {
    const name = allocator.take(toTypeName(wanted), "View");
    naming.types.set(id, typeSymbol(name, { module }, folderName(module, name)));
  }
}

function sortByPlace(types: readonly NamedType[]): readonly NamedType[] {
  return [...types].sort((left, right) => left.at.start - right.at.start || (left.id < right.id ? -1 : 1));
}

function nameContract(contract: HttpContract | EventContract, scope: Scope): void {
  const { module, allocator, naming } = scope;
  const wanted = toTypeName(
    toPascalWords(contract.name) || toPascalWords(contract.fullName.split(".").at(-1) ?? "") || "Service",
  );
  const name = allocator.take(wanted, "Service");
  if (name !== wanted) warn(naming, { what: "service", name: contract.name, wanted, taken: name }, contract.at);
  const operationsName = allocator.take(`${name}Operations`, "");
  nameOperations(contract.operations, scope);
  const hasServers = contract.kind === "http" && contract.servers.length > 0;
  const serversName = hasServers ? allocator.take(`${name}Servers`, "") : "";
  const service = { module, name, operationsName, serversName, ...nameSchemes(contract, name, allocator) };
  if (contract.kind === "event" || contract.webhooks.length === 0) {
    naming.services.set(contract, service);
    return;
  }
  const webhooks = allocator.take(`${name}Webhooks`, "");
  naming.services.set(contract, {
    ...service,
    webhooks: { name: webhooks, operationsName: allocator.take(`${webhooks}Operations`, "") },
  });
  nameOperations(contract.webhooks, scope);
}

/** Operations of one service, which share a client. */
function nameOperations(
  operations: readonly (HttpOperationModel | EventOperationModel)[],
  { allocator, naming }: Scope,
): void {
  const locals = createAllocator();
  for (const operation of operations) {
    const wantedLocal = toLocalName(operation.name);
    const localName = locals.take(wantedLocal, "");
    if (localName !== wantedLocal) {
      warn(naming, { what: "operation", name: operation.name, wanted: wantedLocal, taken: localName }, operation.at);
    }
    const pascal = toTypeName(toPascalWords(localName) || "Operation");
    const constant = allocator.take(toValueName(localName, "Operation"), "Operation");
    const isHttp = "responses" in operation;
    naming.operations.set(operation, {
      localName,
      constant,
      input: isHttp ? allocator.take(`${pascal}Input`, "") : "",
      response: isHttp ? allocator.take(`${pascal}Response`, "") : "",
      event: isHttp ? "" : allocator.take(`${pascal}Event`, ""),
    });
  }
}

/** Schemes give way to operations and types, which users write far more often. */
function nameSchemes(
  contract: HttpContract | EventContract,
  service: string,
  allocator: Allocator,
): Pick<PlannedService, "schemes" | "schemesName"> {
  const schemes = new Map<HttpSecuritySchemeModel, string>();
  if (contract.kind !== "http" || contract.securitySchemes.length === 0) return { schemes, schemesName: "" };
  const schemesName = allocator.take(`${service}SecuritySchemes`, "");
  for (const scheme of contract.securitySchemes) {
    const words = /scheme$/i.test(scheme.name) ? scheme.name : `${scheme.name} scheme`;
    if (!schemes.has(scheme)) schemes.set(scheme, allocator.take(toLocalName(words), ""));
  }
  return { schemes, schemesName };
}

/** What a type is called where another has its name: `PaymentsV1Order`, after the folder it comes from. */
function folderName(module: string, name: string): string {
  const folder = module.split("/").slice(0, -1).join(" ");
  return toTypeName(`${toPascalWords(folder === "" ? module.replace(/_[a-z]+$/, "") : folder)}${name}`);
}

function warn(naming: Naming, parameters: Parameters<typeof nameCollision.message>[0], range: NamedType["at"]): void {
  naming.diagnostics.push(createDiagnostic(nameCollision, parameters, { range }));
}
