import type { AttachedCredentials, CallCredentials, CredentialedCall, Credentials } from "../call/credentials.ts";
import type { Context } from "../call/context.ts";
import type {
  HttpOperation,
  HttpSecurityRequirement,
  HttpSecurityScheme,
  HttpService,
  SecurityKind,
} from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import { isServiceError, ServiceError } from "../error/service-error.ts";
import { bindToSchemes, describeAlternatives } from "./security-schemes.ts";
import { placeOfScheme } from "./security-places.ts";
import { getOwn, isRecord } from "./values.ts";
import { joinWritten, writeCredential, type WrittenCredential } from "./write-credential.ts";

/** User name and password, RFC 7617. */
export interface BasicCredential {
  /** Without colon. */
  readonly username: string;
  readonly password: string;
}

/** What is asked for when a credential is a function. */
export interface CredentialRequest {
  /** As the contract declares it, with the URLs of its flows. */
  readonly scheme: HttpSecurityScheme;
  /** What the operation asks for. */
  readonly scopes: readonly string[];
  readonly operation: HttpOperation;
  /** Fires when the call is given up. */
  readonly signal: AbortSignal;
  /** The context of the call; made in a handler, it knows the handler's caller: `ctx.principal`. */
  readonly ctx: Context<any>;
  /** The other side has just refused what was given before (401): a cached token is to be thrown away. */
  readonly rejected: boolean;
}

/** A credential, or a function that finds it; undefined says that there is none. */
export type CredentialSource<Value> =
  Value | ((request: CredentialRequest) => Value | undefined | Promise<Value | undefined>);

/** What a client gives for each kind of scheme. */
interface ValueByKind {
  readonly apiKey: string;
  readonly basic: BasicCredential;
  /** The token, without `Bearer`. */
  readonly bearer: string;
  /** What follows the scheme's name in the header. */
  readonly http: string;
  readonly oauth2: string;
  readonly openIdConnect: string;
  /** That the transport presents a certificate (`tls` of `nodeTransport`). */
  readonly mutualTLS: true;
  readonly unknown: never;
}

type ValueOf<Scheme> = Scheme extends HttpSecurityScheme<infer Kind> ? ValueByKind[Kind & SecurityKind] : never;

/** Credentials by the names of the source's schemes; of chosen operations the names are not known to the compiler. */
export type CredentialsFor<Source> =
  Source extends HttpService<any, infer Schemes>
    ? { readonly [Name in keyof Schemes]?: CredentialSource<ValueOf<Schemes[Name]>> | undefined }
    : Readonly<Record<string, CredentialSource<any> | undefined>>;

/** What credentials are for: a generated service, or chosen operations. */
export type SecuredSource = HttpService | Readonly<Record<string, HttpOperation>>;

/**
 * Credentials of a client, by the names of its contract's security schemes:
 *
 * ```ts
 * const credentials = createCredentials(Payments, { bearerAuth: ({ rejected }) => tokens.get({ fresh: rejected }) });
 * const payments = createClient(Payments, fetchTransport({ baseUrl }), { credentials });
 * ```
 *
 * A call takes the first alternative of its contract for which there is everything; functions are asked once a logical
 * call, before its first attempt. After a 401 they are asked once more, with `rejected`; when something else comes, the
 * call is repeated, within its attempts and its deadline: the other side has done nothing. What the call itself
 * carries at a credential's place, as a header or in its input, wins. Operations that let unknown callers in get a
 * credential where there is one.
 *
 * A call without the credentials it needs fails with `unauthenticated`, reason CREDENTIALS_MISSING, and nothing is
 * sent. Credentials are shown to no interceptor, log, trace or error, and go to the transport's own target only.
 *
 * @throws {Error} when the source has no scheme of a name.
 */
export function createCredentials<const Source extends SecuredSource>(
  source: Source,
  given: NoInfer<CredentialsFor<Source>>,
): Credentials {
  const sources = bindToSchemes(source, given as Readonly<Record<string, CredentialSource<unknown>>>);
  for (const [scheme, value] of sources) if (isMissing(value)) sources.delete(scheme);
  return {
    forCall: (call) => {
      const operation = call.operation as HttpOperation;
      if (operation.kind !== "http" || operation.security === undefined || operation.security.length === 0)
        return undefined;
      return new ObtainedCredentials(operation, call, sources);
    },
  };
}

type Sources = ReadonlyMap<HttpSecurityScheme, CredentialSource<unknown>>;
type Alternative = readonly HttpSecurityRequirement[];

class ObtainedCredentials implements CallCredentials {
  attached: AttachedCredentials | undefined;
  readonly #operation: HttpOperation;
  readonly #call: CredentialedCall;
  readonly #sources: Sources;
  #obtaining: Promise<AttachedCredentials> | undefined;
  #chosen: Alternative = [];

  constructor(operation: HttpOperation, call: CredentialedCall, sources: Sources) {
    this.#operation = operation;
    this.#call = call;
    this.#sources = sources;
  }

  obtain(): Promise<AttachedCredentials> {
    return (this.#obtaining ??= this.#choose());
  }

  async renew(): Promise<boolean> {
    const before = this.attached;
    const asked = this.#chosen.some(({ scheme }) => typeof this.#sources.get(scheme) === "function");
    if (before === undefined || !asked) return false;
    const after = await this.#write(this.#chosen, true);
    if (after === undefined || JSON.stringify(after) === JSON.stringify(before)) return false;
    this.attached = after;
    this.#obtaining = Promise.resolve(after);
    return true;
  }

  async #choose(): Promise<AttachedCredentials> {
    const { security = [] } = this.#operation;
    for (const alternative of security) {
      const isWhole = alternative.every(({ scheme }) => this.#sources.has(scheme) || this.#isGiven(scheme));
      if (alternative.length === 0 || !isWhole) continue;
      const attached = await this.#write(alternative, false);
      if (attached === undefined) continue;
      this.#chosen = alternative;
      return (this.attached = attached);
    }
    if (security.some((alternative) => alternative.length === 0)) return (this.attached = joinWritten([]));
    throw this.#failure(
      "CREDENTIALS_MISSING",
      `${operationId(this.#operation)} needs ${describeAlternatives(security)}: give it to createCredentials`,
    );
  }

  /** Undefined when a function had nothing to give. */
  async #write(alternative: Alternative, rejected: boolean): Promise<AttachedCredentials | undefined> {
    const written: WrittenCredential[] = [];
    for (const requirement of alternative) {
      const { scheme } = requirement;
      if (this.#isGiven(scheme)) continue;
      const value = await this.#ask(requirement, rejected);
      if (isMissing(value)) return undefined;
      const text = writeCredential(scheme, value);
      if ("expected" in text) {
        throw this.#failure("CREDENTIALS_UNUSABLE", `the credential for "${scheme.name}" is not ${text.expected}`);
      }
      written.push(text);
    }
    return joinWritten(written);
  }

  async #ask({ scheme, scopes = [] }: HttpSecurityRequirement, rejected: boolean): Promise<unknown> {
    const source = this.#sources.get(scheme);
    if (typeof source !== "function") return source;
    const { context } = this.#call;
    const operation = this.#operation;
    try {
      return await source({
        scheme,
        scopes,
        operation,
        rejected,
        ctx: context,
        get signal() {
          return context.signal;
        },
      });
    } catch (error) {
      if (isServiceError(error)) throw error;
      throw this.#failure("CREDENTIALS_FAILED", `no credential for "${scheme.name}" could be had`, error);
    }
  }

  /** Whether the call carries something at the scheme's place by itself. */
  #isGiven(scheme: HttpSecurityScheme): boolean {
    const place = placeOfScheme(scheme);
    if (place === undefined) return false;
    const { headers, input } = this.#call;
    if (place.in === "header" && headers.has(place.name)) return true;
    const part = isRecord(input) ? input[place.in] : undefined;
    if (!isRecord(part)) return false;
    if (place.in !== "header") return getOwn(part, place.name) !== undefined;
    // Declared parameters of this name are never sent: OpenAPI leaves it to the security schemes.
    if (place.name === "authorization") return false;
    return Object.entries(part).some(([name, value]) => value !== undefined && name.toLowerCase() === place.name);
  }

  #failure(reason: string, message: string, cause?: unknown): ServiceError {
    return new ServiceError("unauthenticated", message, {
      reason,
      origin: "framework",
      sent: "no",
      retry: { class: "never" },
      operation: operationId(this.#operation),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
