// The way into `adapters/server/src/queue`.

export { storeIdentified } from "./message-ids.ts"
export { openNatsBus } from "./nats-bus.ts"
export { openNatsDoorbell } from "./nats-doorbell.ts"
export { startSubmitConsumer } from "./submit-consumer.ts"
export type { SubmitConsumer, SubmitEvent } from "./submit-consumer.ts"
