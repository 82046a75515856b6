// The way into `adapters/server/src/http`.

export { openApi } from "./open-api.ts"
