// The ways into the store package. Owns nothing itself.

export { migrate } from "./database/migrate.ts"
export { StoreRefused } from "./database/store-refused.ts"
export type { StoreRefusedCode } from "./database/store-refused.ts"
export { openPostgresDoorbell } from "./doorbell/postgres-doorbell.ts"
export type { PostgresDoorbell } from "./doorbell/postgres-doorbell.ts"
export { EmbeddedError } from "./embedded/embedded-error.ts"
export type { EmbeddedErrorCode } from "./embedded/embedded-error.ts"
export { startEmbedded } from "./embedded/start-embedded.ts"
export type { EmbeddedDatabase, EmbeddedOptions } from "./embedded/start-embedded.ts"
export { memoryStore } from "./memory/memory-store.ts"
export { openPostgresStore } from "./postgres/open-postgres-store.ts"
export type { PostgresStore, PostgresStoreOptions } from "./postgres/open-postgres-store.ts"
