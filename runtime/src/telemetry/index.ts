export type { Attributes, CounterName, GaugeName, HistogramName, Telemetry } from "./telemetry.ts";
export { createRecordingTelemetry, type Measurement, type RecordingTelemetry } from "./recording.ts";
