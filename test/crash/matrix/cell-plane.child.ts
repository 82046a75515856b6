// A whole control plane in a process of its own, whose executions stop where the matrix says, until it is killed.
// Owns: what it tells its parent. Does not own: the points (cells.ts), any judgement.
// Only this program knows crash points; the product has a place to put something around its store, and no more.

import { serveRole, startAll, type Started } from "@counterfoil/server/process"
import { canonicalBytes, policySourceMediaType } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"
import { openLedger } from "../../support/ledger.ts"
import { addSomeone } from "../../support/people.ts"
import { labelledCell, pointOf, stopOf, type CrashPoint, type Life } from "./cells.ts"
import { cellCapability, cellHandlers, cellPolicy, type Reach } from "./cell-handlers.ts"
import { tapCommits } from "./commit-tap.ts"
import { crashStore } from "./crash-store.ts"

const [data, ledgerPath, deadline, lifeGiven, role] = process.argv.slice(2)
if (data === undefined || ledgerPath === undefined || deadline === undefined)
  throw new Error("usage: cell-plane.child.ts <data folder> <ledger> <deadline> <life> <role>")
const life: Life = lifeGiven === "1" ? 1 : lifeGiven === "2" ? 2 : 3

const tell = (message: object) => process.send?.(message)
const never = new Promise<void>(() => undefined)
const stopsAt = (point: CrashPoint, cell: string): boolean => {
  const own = pointOf(cell)
  return own !== null && stopOf(own, life) === point
}
/** An execution that reaches its own point stays there until the process is killed. */
const reach: Reach = async (point, given) => {
  const [cell = ""] = given.split("/")
  if (!stopsAt(point, cell)) return
  tell({ kind: "reached", point, cell })
  await never
}

const tap = tapCommits()
const gate = Promise.withResolvers<void>()
const gathered = new Map<string, { readonly point: string; readonly cell: string }>()

const options = {
  host: "127.0.0.1",
  port: 0,
  metricsPort: 0,
  logLevel: "error",
  extra: cellHandlers(openLedger(ledgerPath), Number(deadline), reach),
  aroundStore: (store: PostgresStore) =>
    crashStore(store, {
      reach,
      tap,
      stopsAt,
      gather: async ({ executionId, execution }) => {
        const cell = labelledCell(execution.labels)
        const point = pointOf(cell) ?? ""
        gathered.set(executionId, { point, cell })
        tell({ kind: "gathered", point, cell })
        await gate.promise
      },
    }),
} as const
const part = role === "api" || role === "worker" ? role : null
// More is held at once than one requester may elsewhere.
const env = { COUNTERFOIL_OPEN_REQUESTS_MAX: "1000", ...process.env }
const whole = part === null ? await startAll({ ...options, data }, env) : null
const started =
  whole ??
  (await serveRole(
    { ...options, role: part ?? "all", metricsHost: "127.0.0.1", handlers: null, migrate: false },
    env,
  ))
const people = started.ownerToken === null ? null : await peopleOf(started)
tell({ kind: "ready", url: started.plane.url, people })

process.on("message", (message) => {
  if (message === "stop") void (whole ?? started.plane).close().then(() => process.exit(0))
  if (message === "write") {
    tap.holdAppends((executionIds) => {
      for (const executionId of executionIds) tell({ kind: "reached", ...gathered.get(executionId) })
    })
    gate.resolve()
  }
})
process.on("disconnect", () => process.exit(0))

/** Everybody of the matrix, and its rules; on the first start of a database alone. */
async function peopleOf(made: Pick<Started, "plane" | "tenant">) {
  const { plane, tenant } = made
  const source = cellPolicy(plane.store.clock.now())
  const checked = plane.policies.check(source)
  if (!checked.ok) throw new Error(`the policy of the cells: ${JSON.stringify(checked.error)}`)
  const { digest } = checked.value
  await plane.store.putBlobs([{ digest, mediaType: policySourceMediaType, bytes: canonicalBytes(source) }])
  const from = (await plane.store.policySource(tenant))?.digest ?? null
  await plane.store.activatePolicy(tenant, { from, digest, source })
  plane.policies.moved(tenant)
  const core = "control-plane.core"
  return {
    agent: await addSomeone(made, {
      kind: "agent",
      name: "bot",
      capabilities: [core, cellCapability],
      reach: "own",
    }),
    ana: await addSomeone(made, {
      kind: "human",
      name: "ana",
      roles: ["approver"],
      capabilities: [core, "control-plane.approval", "control-plane.audit"],
    }),
  }
}
