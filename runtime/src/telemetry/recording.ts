import type { Attributes, Telemetry } from "./telemetry.ts";

/** One measurement as it was made. */
export interface Measurement {
  readonly kind: "count" | "record" | "gauge";
  readonly name: string;
  readonly value: number;
  readonly attributes: Attributes;
}

/** A `Telemetry` that keeps everything, for tests and the demo. */
export interface RecordingTelemetry extends Telemetry {
  readonly measurements: readonly Measurement[];
  /** The sum of a counter over the measurements whose attributes include `attributes`. */
  total(name: string, attributes?: Attributes): number;
}

/** Keeps the newest `limit` measurements (default 100,000). */
export function createRecordingTelemetry(limit = 100_000): RecordingTelemetry {
  const measurements: Measurement[] = [];
  const add = (measurement: Measurement): void => {
    if (measurements.length >= limit) measurements.shift();
    measurements.push(measurement);
  };
  return {
    measurements,
    count: (name, value, attributes) => add({ kind: "count", name, value, attributes }),
    record: (name, value, attributes) => add({ kind: "record", name, value, attributes }),
    gauge: (name, value, attributes) => add({ kind: "gauge", name, value, attributes }),
    total: (name, attributes = {}) =>
      measurements
        .filter(
          (one) =>
            one.name === name && Object.entries(attributes).every(([key, value]) => one.attributes[key] === value),
        )
        .reduce((sum, one) => sum + one.value, 0),
  };
}
