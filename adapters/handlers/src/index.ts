// The way into `adapters/handlers/src`.

export { declaresEndings } from "./built-in.ts"
export { openGitWorld } from "./git/git-world.ts"
export type { GitWorld } from "./git/git-world.ts"
export { gitReleaseCut } from "./git/release-cut.ts"
export { HandlerConfig, RegisteredCallback } from "./handler-config.ts"
export type { CallbackConfig, SecretReader } from "./handler-config.ts"
export { exchange, systemResolve } from "./http/exchange.ts"
export type { Resolve } from "./http/exchange.ts"
export { registerHandlers } from "./register-handlers.ts"
export type { RegisteredHandlers } from "./register-handlers.ts"
export { openPureThreads } from "./threads/pure-threads.ts"
