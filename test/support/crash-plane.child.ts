// A whole control plane in a process of its own, for tests that kill it.
// Owns: its messages to the parent: it is ready, its people, a call has stopped. Does not own: any assertion.
// Armed, calls stop where their input says; on "go" those that only have to return do so, and the process kills itself then.

import { setTimeout as pauseFor } from "node:timers/promises"
import { serveRole, startAll } from "@counterfoil/server/process"
import { addMs } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"
import { effectCapability, effectHandlers, type AtStop } from "./effect-handlers.ts"
import { openLedger } from "./ledger.ts"
import { addSomeone } from "./people.ts"
import { shortLeases } from "./short-leases.ts"

const [data, ledgerPath, deadline, mode, role, skewMs = "0"] = process.argv.slice(2)
if (data === undefined || ledgerPath === undefined || deadline === undefined)
  throw new Error("usage: crash-plane.child.ts <data folder> <ledger> <deadline> armed|through [role] [skew]")
const tell = (message: object) => process.send?.(message)

const gone = Promise.withResolvers<void>()
const never = new Promise<void>(() => undefined)
const stopHere: AtStop = async (point, label) => {
  tell({ kind: "stopped", point, label })
  await (point === "K11" ? gone.promise : never)
}
/** A service takes its time, so that kills at random moments find calls under way. */
const runThrough: AtStop = () => pauseFor(Math.random() * 100)

/** A clock that is off by some time, as on a machine without time synchronisation. */
const skewed = (store: PostgresStore): PostgresStore => ({
  ...store,
  clock: { now: () => addMs(store.clock.now(), Number(skewMs)) },
})
const options = {
  host: "127.0.0.1",
  port: 0,
  metricsPort: 0,
  logLevel: "silent",
  extra: effectHandlers(openLedger(ledgerPath), deadline, mode === "armed" ? stopHere : runThrough),
  aroundStore: (store: PostgresStore) => shortLeases(skewMs === "0" ? store : skewed(store)).store,
} as const
const part = role === "api" || role === "worker" || role === "relay" ? role : null
// More is held at once than one requester may elsewhere.
const env = { COUNTERFOIL_OPEN_REQUESTS_MAX: "1000", ...process.env }
const whole = part === null ? await startAll({ ...options, data }, env) : null
const started =
  whole ??
  (await serveRole(
    { ...options, role: part ?? "all", metricsHost: "127.0.0.1", handlers: null, migrate: false },
    env,
  ))
const core = "control-plane.core"
const people =
  started.ownerToken === null
    ? null
    : {
        agent: await addSomeone(started, {
          kind: "agent",
          name: "bot",
          capabilities: [core, effectCapability],
          reach: "own",
        }),
        ana: await addSomeone(started, {
          kind: "human",
          name: "ana",
          roles: ["approver"],
          capabilities: [core, "control-plane.approval", "control-plane.audit"],
        }),
      }
tell({ kind: "ready", url: started.plane.url, people })

process.on("message", (message) => {
  if (message === "stop") void (whole ?? started.plane).close().then(() => process.exit(0))
  if (message === "go") {
    gone.resolve()
    // Every handler has returned some microtasks later, and no append has reached the database before the next turn.
    void (async () => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
      process.kill(process.pid, "SIGKILL")
    })()
  }
})
process.on("disconnect", () => process.exit(0))
