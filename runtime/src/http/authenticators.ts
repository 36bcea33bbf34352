import type { Principal } from "../call/context.ts";
import type { HeaderMap } from "../call/headers.ts";
import type { HttpOperation, HttpSecurityRequirement, HttpSecurityScheme, HttpService } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import { isServiceError, ServiceError, type StatusCode } from "../error/service-error.ts";
import type { Authenticators, AuthenticationRequest, OperationAuthenticator } from "../server/server.ts";
import { challengesOf, type ChallengeFault } from "./challenges.ts";
import type { BasicCredential, SecuredSource } from "./credentials.ts";
import type { PeerCertificate } from "./message.ts";
import { readCredential, type ReadCredential } from "./read-credential.ts";
import { asksForCaller, bindToSchemes, describeAlternatives } from "./security-schemes.ts";

/** What an authenticator knows beside the credential. */
export interface AuthenticatorRequest {
  readonly scheme: HttpSecurityScheme;
  /** What the operation asks for; when the caller has less, throw `permission_denied`, or return its `scopes`. */
  readonly scopes: readonly string[];
  readonly operation: HttpOperation;
  readonly headers: HeaderMap;
  /** Fires when the request is given up. */
  readonly signal: AbortSignal;
}

/**
 * Says whose credential it is; undefined refuses it. Compare secrets with `safeEqual`.
 *
 * A thrown `ServiceError` is the answer: `permission_denied` (403) for a known caller who may not, `unauthenticated`
 * with a reason of its own, `unavailable` when it can't be found out. Any other error is answered 500, and logged.
 */
export type Authenticator<Credential> = (
  credential: Credential,
  request: AuthenticatorRequest,
) => Promise<Principal | undefined> | Principal | undefined;

/** What an authenticator is given for each kind of scheme. */
interface CredentialByKind {
  readonly apiKey: string;
  readonly basic: BasicCredential;
  /** The token, without `Bearer`. */
  readonly bearer: string;
  /** What follows the scheme's name in the header. */
  readonly http: string;
  readonly oauth2: string;
  readonly openIdConnect: string;
  /** Verified by TLS; whose it is remains to be said. */
  readonly mutualTLS: PeerCertificate;
  /** The contract does not say where it stands: look into the headers. */
  readonly unknown: undefined;
}

type CredentialOf<Scheme> = Scheme extends HttpSecurityScheme<infer Kind> ? CredentialByKind[Kind] : never;

/** Authenticators by the names of the source's schemes. */
export type AuthenticatorsFor<Source> =
  Source extends HttpService<any, infer Schemes>
    ? { readonly [Name in keyof Schemes]?: Authenticator<CredentialOf<Schemes[Name]>> }
    : Readonly<Record<string, Authenticator<any>>>;

/**
 * The authenticators of a server, by the names of a contract's security schemes:
 *
 * ```ts
 * const authenticators = createAuthenticators(Payments, {
 *   bearerAuth: async (token, { scopes }) => verify(token),
 * });
 * createServer({ authenticators }).add(Payments, handlers);
 * ```
 *
 * A request is let in by the first alternative of its operation of which all members are known: each member's
 * credential is read from where the contract puts it, and its authenticator names the principal. Of several members,
 * the id is the JSON list of theirs, with their claims by scheme. The handler finds it as `ctx.principal`.
 *
 * Otherwise the request is answered before its body is read: 401 with challenges, also when a credential is malformed;
 * 403 when the caller is known and its `scopes` do not suffice. Where the contract lets unknown callers in, that is
 * for requests without any credential: one that is refused is answered 401 all the same.
 *
 * Alternatives with a scheme that has no authenticator let nobody in.
 *
 * @throws {Error} when the source has no scheme of a name.
 */
export function createAuthenticators<const Source extends SecuredSource>(
  source: Source,
  given: NoInfer<AuthenticatorsFor<Source>>,
): Authenticators {
  const asked = bindToSchemes(source, given as Readonly<Record<string, Authenticator<unknown>>>);
  for (const [scheme, authenticator] of asked) if (typeof authenticator !== "function") asked.delete(scheme);
  return {
    forOperation: (base) => {
      const operation = base as HttpOperation;
      if (operation.kind !== "http") return undefined;
      const alternatives = (operation.security ?? []).filter(
        (alternative) => alternative.length > 0 && alternative.every(({ scheme }) => asked.has(scheme)),
      );
      if (alternatives.length === 0) return undefined;
      return (request) => authenticate({ operation, alternatives, asked }, request);
    },
  };
}

/** What to write where an operation's callers are known to nobody. */
export function missingAuthenticator(operation: HttpOperation): Error {
  const [name = "name"] = (operation.security ?? []).flat().map(({ scheme }) => scheme.name);
  return new Error(
    `operation "${operationId(operation)}" asks for ${describeAlternatives(operation.security ?? [])}: give ` +
      `createServer authenticators: createAuthenticators(service, { ${JSON.stringify(name)}: (credential) => ... }) ` +
      "of @trilogue/runtime/http, or authenticate, " +
      'or authenticators: "external" when somebody before the server does it',
  );
}

interface Guard {
  readonly operation: HttpOperation;
  readonly alternatives: readonly (readonly HttpSecurityRequirement[])[];
  readonly asked: ReadonlyMap<HttpSecurityScheme, Authenticator<unknown>>;
}

/** What became of the alternatives so far. */
interface Verdicts {
  /** Schemes for which something came that let nobody in. */
  readonly refused: Set<HttpSecurityScheme>;
  /** The first refusal that an authenticator gave by itself. */
  unauthenticated: ServiceError | undefined;
  denied: { readonly error: ServiceError | undefined; readonly scheme: HttpSecurityScheme } | undefined;
}

async function authenticate(guard: Guard, request: AuthenticationRequest): Promise<Principal | undefined> {
  const verdicts: Verdicts = { refused: new Set(), unauthenticated: undefined, denied: undefined };
  for (const alternative of guard.alternatives) {
    const principals = await tryAlternative(guard, alternative, { request, verdicts });
    if (principals !== undefined) return joinPrincipals(alternative, principals);
  }
  const { operation } = guard;
  if (verdicts.denied !== undefined) throw denial(operation, verdicts.denied);
  if (verdicts.refused.size === 0 && !asksForCaller(operation)) return undefined;
  const fault: ChallengeFault = { error: "invalid_token", schemes: verdicts.refused };
  const needs = `${operationId(operation)} needs ${describeAlternatives(operation.security ?? [])}`;
  throw refusalOf(operation, "unauthenticated", {
    fault,
    error: verdicts.unauthenticated,
    reason: verdicts.refused.size === 0 ? "CREDENTIALS_MISSING" : "CREDENTIALS_REFUSED",
    message: verdicts.refused.size === 0 ? needs : "the credentials are not accepted",
  });
}

/** The principals of all members; undefined when one is missing or refused. */
async function tryAlternative(
  { operation, asked }: Guard,
  alternative: readonly HttpSecurityRequirement[],
  { request, verdicts }: { readonly request: AuthenticationRequest; readonly verdicts: Verdicts },
): Promise<readonly Principal[] | undefined> {
  const found = alternative.map(({ scheme }): ReadCredential => readCredential(scheme, request));
  for (const [index, { scheme }] of alternative.entries()) {
    if (found[index]?.kind === "malformed") verdicts.refused.add(scheme);
  }
  const principals: Principal[] = [];
  for (const [index, { scheme, scopes = [] }] of alternative.entries()) {
    const read = found[index];
    // Nobody is asked about one member while another one is not even there.
    if (read?.kind !== "found" || found.some(({ kind }) => kind !== "found")) return undefined;
    const details = { scheme, scopes, operation, headers: request.headers };
    try {
      const principal = await asked.get(scheme)?.(read.credential, {
        ...details,
        get signal() {
          return request.signal;
        },
      });
      if (principal === undefined || principal === null) {
        // Of a scheme that nobody knows there is no telling whether anything came at all.
        if (scheme.kind !== "unknown") verdicts.refused.add(scheme);
        return undefined;
      }
      if (!suffices(principal, scopes)) {
        verdicts.denied ??= { error: undefined, scheme };
        return undefined;
      }
      principals.push(principal);
    } catch (error) {
      if (!isServiceError(error)) throw error;
      if (error.code === "permission_denied") verdicts.denied ??= { error, scheme };
      else if (error.code === "unauthenticated") {
        verdicts.refused.add(scheme);
        verdicts.unauthenticated ??= error;
      } else throw error;
      return undefined;
    }
  }
  return principals;
}

function suffices({ scopes }: Principal, asked: readonly string[]): boolean {
  return scopes === undefined || asked.every((scope) => scopes.includes(scope));
}

function joinPrincipals(
  alternative: readonly HttpSecurityRequirement[],
  principals: readonly Principal[],
): Principal | undefined {
  if (principals.length === 1) return principals[0];
  const claims = alternative.map(({ scheme }, index) => [scheme.name, principals[index]?.claims] as const);
  return { id: JSON.stringify(principals.map(({ id }) => id)), claims: Object.fromEntries(claims) };
}

function denial(operation: HttpOperation, { error, scheme }: NonNullable<Verdicts["denied"]>): ServiceError {
  return refusalOf(operation, "permission_denied", {
    fault: { error: "insufficient_scope", schemes: new Set([scheme]) },
    error,
    reason: "INSUFFICIENT_SCOPE",
    message: "the caller may not do this",
  });
}

/** The authenticator's own error, or one with this message; either with challenges, and never with what came. */
function refusalOf(
  operation: HttpOperation,
  code: StatusCode,
  refusal: {
    readonly fault: ChallengeFault;
    readonly error: ServiceError | undefined;
    readonly reason: string;
    readonly message: string;
  },
): ServiceError {
  const { fault, error, reason, message } = refusal;
  const own = [...(error?.metadata ?? [])];
  const challenges = own.some(([name]) => name.toLowerCase() === "www-authenticate")
    ? undefined
    : challengesOf(operation, fault);
  return new ServiceError(code, error?.rawMessage ?? message, {
    reason: error?.reason ?? reason,
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    operation: operationId(operation),
    details: error?.details ?? [],
    ...(error === undefined ? {} : { cause: error }),
    metadata: challenges === undefined ? own : [...own, ["www-authenticate", challenges]],
  });
}
