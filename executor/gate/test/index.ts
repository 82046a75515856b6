// The way into `executor/gate/test`.

export { freshId, now, openTenant, tenant } from "./governing.ts"
