/** Attributes of a measurement; values are few and never hold payloads, keys or secrets. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** What is counted, by the names of the documented list. */
export type CounterName =
  | "resilience.client.call.retries"
  | "resilience.rejections"
  | "resilience.breaker.transitions"
  | "resilience.fallbacks"
  | "idempotency.claims"
  | "idempotency.takeovers"
  | "idempotency.lease_lost"
  | "idempotency.unprotected"
  | "idempotency.outcome_lost"
  | "inbox.duplicates"
  | "outbox.published"
  | "dead_letters";

/** What is measured as a distribution; durations are seconds, as OpenTelemetry asks. */
export type HistogramName =
  | "rpc.client.call.duration"
  | "rpc.server.call.duration"
  | "http.client.request.duration"
  | "http.server.request.duration"
  | "messaging.client.operation.duration"
  | "messaging.process.duration"
  | "resilience.client.call.attempts"
  | "resilience.client.call.retry_delay"
  | "resilience.bulkhead.wait";

/** What has a current value. */
export type GaugeName =
  | "resilience.breaker.state"
  | "resilience.client.call.budget.tokens"
  | "resilience.limiter.inflight"
  | "resilience.limiter.queue"
  | "outbox.lag";

/**
 * Where measurements go. The runtime without one measures nothing and allocates nothing; an adapter for OpenTelemetry
 * maps the three methods to its instruments. Implementations must not throw.
 */
export interface Telemetry {
  count(name: CounterName, value: number, attributes: Attributes): void;
  record(name: HistogramName, value: number, attributes: Attributes): void;
  gauge(name: GaugeName, value: number, attributes: Attributes): void;
}
