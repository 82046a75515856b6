// The way into `adapters/handlers/test`.

export { callOf } from "./handler-laws.ts"
