// The way into `adapters/sdk/src/http`.

export { httpRequest, keyHeader } from "./http-request.ts"
export type { HttpRequest } from "./http-request.ts"
export { eventsOf } from "./server-sent-events.ts"
export type { StreamEvent } from "./server-sent-events.ts"
