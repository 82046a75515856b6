// The way into `adapters/server/src/nats`.

export { asyncApi } from "./async-api.ts"
export { natsLogins } from "./nats-roles.ts"
export { openNatsDoor } from "./open-nats-door.ts"
export { addressesFile, serverFile, writeServerConfig } from "./write-server-config.ts"
