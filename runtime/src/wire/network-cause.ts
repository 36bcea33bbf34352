/** Failures of a connection that does not stand yet: no byte of the request can have left. */
const neverSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EHOSTDOWN",
  "ENETDOWN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

const maxLevels = 8;

/** The codes of the system or of a library, down the chain of causes and into the first half of happy eyeballs. */
export function causeCodes(error: unknown): readonly string[] {
  return causesOf(error).flatMap(({ code }) => (code === undefined ? [] : [code]));
}

/** Whether the causes of an error prove that nothing was sent. */
export function provesUnsent(error: unknown): boolean {
  // A route may also be lost under a connection that stands; then the system says so of a read or a write.
  return causesOf(error).some(
    ({ code, call }) => code !== undefined && neverSent.has(code) && call !== "read" && call !== "write",
  );
}

interface Cause {
  readonly code: string | undefined;
  /** The system call that failed. */
  readonly call: unknown;
}

function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = [];
  let current: unknown = error;
  for (let level = 0; level < maxLevels && typeof current === "object" && current !== null; level += 1) {
    const { code, syscall, errors, cause } = current as {
      readonly code?: unknown;
      readonly syscall?: unknown;
      readonly errors?: unknown;
      readonly cause?: unknown;
    };
    const isCode = typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code);
    causes.push({ code: isCode ? code : undefined, call: syscall });
    current = cause ?? (Array.isArray(errors) ? (errors[0] as unknown) : undefined);
  }
  return causes;
}
