// The way into `adapters/server/src/outbound`.

export { cloudEventOf } from "./cloud-event.ts"
export { eventOfEntry, ListedEntry, ReceivedEvent, receiveEvent } from "./read-event.ts"
export type { EventReaderWorld, ReadPosition } from "./read-event.ts"
export { startRelay } from "./relay.ts"
export type { Relay, RelayEvent } from "./relay.ts"
