import type { Schema } from "../../generator/src/model/schema.ts";
import { isMultipleOf } from "../../runtime/src/codegen/v1/validate.ts";
import { largest, smallest } from "./facets.ts";
import type { Random } from "./random.ts";

/** Formats of whole numbers, and their bounds. */
export const wholeFormats: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["int8", [-128, 127]],
  ["int16", [-32_768, 32_767]],
  ["int32", [-2_147_483_648, 2_147_483_647]],
  ["int64", [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  ["double-int", [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  ["uint8", [0, 255]],
  ["uint16", [0, 65_535]],
  ["uint32", [0, 4_294_967_295]],
  ["uint64", [0, Number.MAX_SAFE_INTEGER]],
]);

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly isAllowed: (value: number) => boolean;
}

/** A number that these schemas allow; undefined when none was found. Whole ones are exact in 53 bits. */
export function drawNumber(all: readonly Schema[], isWhole: boolean, random: Random): number | undefined {
  const bounds = boundsOf(all, isWhole);
  if (bounds === undefined) return undefined;
  const steps = all.flatMap(({ multipleOf }) => (multipleOf !== undefined && multipleOf > 0 ? [multipleOf] : []));
  for (let at = 0; at < 30; at++) {
    const value =
      steps.length > 0 ? multiple(steps, bounds, random) : isWhole ? whole(bounds, random) : any(bounds, random);
    if (isWhole && !Number.isSafeInteger(value)) continue;
    // JSON has no negative zero that comes back as one.
    if (Object.is(value, -0) || !bounds.isAllowed(value)) continue;
    if (steps.every((step) => isMultipleOf(value, step))) return value;
  }
  return undefined;
}

function boundsOf(all: readonly Schema[], isWhole: boolean): Bounds | undefined {
  const minimum = largest(all, "minimum") ?? -Infinity;
  const maximum = smallest(all, "maximum") ?? Infinity;
  const above = largest(all, "exclusiveMinimum") ?? -Infinity;
  const below = smallest(all, "exclusiveMaximum") ?? Infinity;
  const ranges = all.flatMap(({ format }) => wholeFormats.get(format ?? "") ?? []);
  const isLimited = isWhole || ranges.length > 0;
  const edges = isWhole ? [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [];
  const limits = [...edges, ...ranges];
  const low = Math.max(minimum, above, ...limits.filter((_limit, at) => at % 2 === 0));
  const high = Math.min(maximum, below, ...limits.filter((_limit, at) => at % 2 === 1));
  if (low > high) return undefined;
  return {
    low,
    high,
    isAllowed: (value) =>
      value >= low && value <= high && value > above && value < below && (!isLimited || Number.isInteger(value)),
  };
}

function whole({ low, high }: Bounds, random: Random): number {
  const near = clampRange(Math.ceil(low), Math.floor(high), 1000);
  const choice = random.fraction();
  if (choice < 0.1) return Math.ceil(low);
  if (choice < 0.2) return Math.floor(high);
  if (choice < 0.3) return random.whole(Math.ceil(low), Math.floor(high));
  return random.whole(near[0], near[1]);
}

/** The part of a range that is nearest to zero, at most `width` wide either way. */
function clampRange(low: number, high: number, width: number): readonly [number, number] {
  if (low > width) return [low, Math.min(high, low + width)];
  if (high < -width) return [Math.max(low, high - width), high];
  return [Math.max(low, -width), Math.min(high, width)];
}

const odd = [0, 0.1, -0.5, 1e21, 1.5e-7, 5e-324, 1.7976931348623157e308, -19.99, 3.141592653589793, 123456789.125];

function any(bounds: Bounds, random: Random): number {
  if (random.chance(0.3)) {
    const value = random.pick(odd);
    if (bounds.isAllowed(value)) return value;
  }
  const [low, high] = clampRange(bounds.low, bounds.high, 1000);
  const value = low + random.fraction() * (high - low);
  return random.chance(0.5) ? Math.round(value * 100) / 100 : value;
}

function multiple(steps: readonly number[], bounds: Bounds, random: Random): number {
  const step = Math.max(...steps);
  const low = Math.max(Math.ceil(bounds.low / step), -1e9);
  const high = Math.min(Math.floor(bounds.high / step), 1e9);
  if (low > high) return Number.NaN;
  const near = clampRange(low, high, 100);
  return Number((random.whole(near[0], near[1]) * step).toPrecision(15));
}
