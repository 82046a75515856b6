// The way into `adapters/server/src/settings`.

export { handlersFile, readHandlers, SettingsError } from "./data-folder.ts"
export { databasePlace } from "./database-place.ts"
