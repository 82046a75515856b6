// A whole control plane in a process of its own that, when armed, ends between the commit of a submission and its reply.
// Owns: that end, and telling its parent where it listens and who may call. Does not own: any assertion.

import { startAll } from "@counterfoil/server/process"
import type { PostgresStore } from "@counterfoil/store"
import { effectCapability, effectHandlers } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { addSomeone } from "../support/people.ts"
import { shortLeases } from "../support/short-leases.ts"

const [data, ledger, port, mode] = process.argv.slice(2)
if (data === undefined || ledger === undefined || port === undefined)
  throw new Error("usage: dying-plane.child.ts <data folder> <ledger> <port> [armed]")

let armed = false
const dying = (store: PostgresStore): PostgresStore => ({
  ...store,
  clock: store.clock,
  append: async (append) => {
    const answer = await store.append(append)
    if (armed && append.create !== null) process.kill(process.pid, "SIGKILL")
    return answer
  },
})
const started = await startAll(
  {
    data,
    host: "127.0.0.1",
    port: Number(port),
    metricsPort: 0,
    logLevel: "error",
    extra: effectHandlers(openLedger(ledger), "PT5S", () => Promise.resolve()),
    aroundStore: (store) => dying(shortLeases(store).store),
  },
  process.env,
)
const capabilities = ["control-plane.core", effectCapability]
const bot =
  started.ownerToken === null
    ? null
    : await addSomeone(started, { kind: "agent", name: "bot", capabilities, reach: "own" })
armed = mode === "armed"
process.send?.({ url: started.plane.url, tenant: started.tenant, token: bot?.token ?? null })

process.on("message", () => void started.close().then(() => process.exit(0)))
process.on("disconnect", () => process.exit(0))
