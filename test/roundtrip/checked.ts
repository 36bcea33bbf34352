import type { Schema } from "../../generator/src/model/schema.ts";
import type { HttpMediaType, HttpParameter } from "../../runtime/src/descriptor/http.ts";
import type { Validator } from "../../runtime/src/descriptor/validate.ts";
import { createHeaders } from "../../runtime/src/call/headers.ts";
import { clientLimits } from "../../runtime/src/http/message.ts";
import { readHeader, readParameters, writeHeader, writeParameters } from "../../runtime/src/http/parameters.ts";
import { UnwritableValue } from "../../runtime/src/http/parameters-write.ts";
import { firstDifference } from "./compare.ts";
import { draw, impossible, type Direction } from "./draw.ts";
import type { Types } from "./facets.ts";
import type { HeightOf } from "./heights.ts";
import type { Oracle } from "./oracle.ts";
import type { Place } from "./place.ts";
import type { Random } from "./random.ts";

/** What all draws of a document share. */
export interface DrawOptions {
  readonly random: Random;
  readonly types: Types;
  readonly heightOf: HeightOf;
  readonly oracle: Oracle;
  /** Told of values that one validator accepts and the other one refuses. */
  readonly onDispute: (dispute: Dispute) => void;
}

/** Two validators, two verdicts. */
export interface Dispute {
  readonly schema: Schema;
  readonly value: unknown;
  /** Of the generated validator; Ajv says the contrary. */
  readonly isValid: boolean;
}

/** What a value is drawn for. */
export interface CheckedOptions extends DrawOptions {
  readonly direction: Direction;
  readonly validate: Validator | undefined;
  /** Where text may be read in several ways, values are taken that are read as they were written. */
  readonly parameter?: HttpParameter;
  readonly media?: HttpMediaType;
}

/** A value that both the generated validator and Ajv accept; undefined when none was found. */
export function drawChecked(schema: Schema, place: Place, options: CheckedOptions): unknown {
  const { random, types, heightOf, oracle, direction, validate } = options;
  for (let round = 0; round < 12; round++) {
    const drawing = { random, types, heightOf, oracle, direction, budget: round < 6 ? 20_000 : 3_000 };
    const value = draw([schema], place, round < 6 ? 0 : 2, drawing);
    if (value === impossible) continue;
    const isValid = validate === undefined || validate(value);
    const isFit = validate === undefined || oracle.fits(schema, value);
    if (isValid !== isFit) options.onDispute({ schema, value, isValid });
    if (!isValid || !isFit) continue;
    if (options.parameter !== undefined && hasUnion(options.parameter.shape) && !survives(options.parameter, value))
      continue;
    return value;
  }
  return exampleOf(schema, place, options);
}

function exampleOf(schema: Schema, place: Place, { oracle, validate, types }: CheckedOptions): unknown {
  if (place.kind !== "json") return undefined;
  const target = schema.ref === undefined ? undefined : types.get(schema.ref)?.schema;
  const examples = [...(schema.examples ?? []), ...(target?.examples ?? [])];
  return examples.find((value) => (validate?.(value) ?? true) && oracle.fits(schema, value));
}

function hasUnion(shape: HttpParameter["shape"]): boolean {
  switch (shape?.type) {
    case "union":
      return true;
    case "array":
      return hasUnion(shape.items);
    case "object":
      return [...Object.values(shape.properties), ...(shape.additional === undefined ? [] : [shape.additional])].some(
        hasUnion,
      );
    default:
      return false;
  }
}

/** Whether the text of a value is read as that value, and not as another that the contract allows as well. */
function survives(parameter: HttpParameter, value: unknown): boolean {
  const limits = clientLimits;
  try {
    if (parameter.in === "header") {
      const read = readHeader(parameter, writeHeader(parameter, value), limits);
      return "value" in read && firstDifference(value, read.value) === undefined;
    }
    const { name, in: place } = parameter;
    const isWhole = place === "querystring";
    const written = writeParameters([parameter], { [place]: isWhole ? value : { [name]: value } }, []);
    const headers = createHeaders(written.cookie === "" ? [] : [["cookie", written.cookie]]);
    const raw = { path: written.path, query: written.query, headers };
    const read: Record<string, any> = readParameters([parameter], raw, { limits, issues: [], validate: false });
    return firstDifference(value, isWhole ? read[place] : read[place]?.[name]) === undefined;
  } catch (error) {
    if (error instanceof UnwritableValue) return false;
    throw error;
  }
}
