// The way into `adapters/server/src/entrance`.

export { authenticate, bearerHash, sessionOfHash } from "./authenticate.ts"
export { doorLimits } from "./door-limits.ts"
