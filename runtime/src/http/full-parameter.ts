import type { HttpParameter } from "../descriptor/http.ts";
import { pointerTo } from "./values.ts";

/** A parameter with everything that its descriptor may leave out. */
export interface FullParameter extends HttpParameter {
  readonly required: boolean;
  readonly style: NonNullable<HttpParameter["style"]>;
  readonly explode: boolean;
  readonly shape: NonNullable<HttpParameter["shape"]>;
  /** Where its value stands in the input: `/query/limit`. */
  readonly pointer: string;
}

const known = new WeakMap<HttpParameter, FullParameter>();
const knownLists = new WeakMap<readonly HttpParameter[], readonly FullParameter[]>();

/** All parameters of an operation; computed once a list. */
export function completeParameters(parameters: readonly HttpParameter[]): readonly FullParameter[] {
  const existing = knownLists.get(parameters);
  if (existing !== undefined) return existing;
  const full = parameters.map(completeParameter);
  knownLists.set(parameters, full);
  return full;
}

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
    pointer: parameter.in === "querystring" ? "/querystring" : pointerTo(`/${parameter.in}`, parameter.name),
  };
  known.set(parameter, full);
  return full;
}
