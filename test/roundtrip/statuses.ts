import type { HttpResponseModel } from "../../generator/src/model/http.ts";
import type { Random } from "./random.ts";

const usual = [200, 201, 202, 203, 206, 207, 226, 299, 300, 302, 307, 399, 400, 401, 403, 404, 409, 418, 422, 429, 499];
const failures = [500, 501, 502, 503, 504, 599];

/** A status of a declared response: its own, or one of its range that no other response claims. */
export function drawStatus(
  { status }: HttpResponseModel,
  responses: readonly HttpResponseModel[],
  random: Random,
): number | undefined {
  if (/^\d{3}$/.test(status)) return Number(status);
  const exact = new Set(responses.map((response) => response.status));
  const ranges = new Set([...exact].filter((other) => other.endsWith("XX")).map((other) => other[0]));
  const free = [...usual, ...failures].filter(
    (candidate) =>
      !exact.has(String(candidate)) &&
      (status === "default" ? !ranges.has(String(candidate)[0]) : String(candidate)[0] === status[0]),
  );
  return free.length === 0 ? undefined : random.pick(free);
}
