// The ways into the store package. Owns nothing itself.

export { EmbeddedError } from "./embedded/embedded-error.ts"
export type { EmbeddedErrorCode } from "./embedded/embedded-error.ts"
export { startEmbedded } from "./embedded/start-embedded.ts"
export type { EmbeddedDatabase, EmbeddedOptions } from "./embedded/start-embedded.ts"
