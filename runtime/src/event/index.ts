export { createConsumer, type Consumer, type ConsumerOptions } from "./consumer.ts";
export {
  openDeadLetters,
  type DeadLetter,
  type DeadLetters,
  type DeadLetterSelection,
  type DeadLettersOptions,
} from "./dead-letters.ts";
export { attributePrefix, messageHeaders, type MessageAttributes } from "./message-headers.ts";
export type { ConsumerOutcome } from "./tries.ts";
export { createProducer, type ProducerOptions } from "./producer.ts";
export { startRelay, type Relay, type RelayOptions } from "./relay.ts";
export { judgeFailure, planTries, type TryPlan, type Verdict } from "./verdict.ts";
export type {
  ConsumedEvent,
  EventContext,
  EventFacts,
  EventHandler,
  EventHandlers,
  EventOf,
  PhasedHandler,
  ProduceOptions,
  Producer,
  ProducerInput,
  ProducerMethod,
} from "./types.ts";
