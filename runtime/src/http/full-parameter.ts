import type { HttpParameter } from "../descriptor/http.ts";

/** A parameter with everything that its descriptor may leave out. */
export interface FullParameter extends HttpParameter {
  readonly required: boolean;
  readonly style: NonNullable<HttpParameter["style"]>;
  readonly explode: boolean;
  readonly shape: NonNullable<HttpParameter["shape"]>;
}

const known = new WeakMap<HttpParameter, FullParameter>();

/** Fills in what OpenAPI 3.2 (section "Parameter Object") takes for granted; computed once a descriptor. */
export function completeParameter(parameter: HttpParameter): FullParameter {
  const existing = known.get(parameter);
  if (existing !== undefined) return existing;
  const style = parameter.style ?? (parameter.in === "path" || parameter.in === "header" ? "simple" : "form");
  const full: FullParameter = {
    ...parameter,
    required: parameter.required ?? false,
    style,
    explode: parameter.explode ?? (style === "form" || style === "cookie"),
    shape: parameter.shape ?? { type: "string" },
  };
  known.set(parameter, full);
  return full;
}
