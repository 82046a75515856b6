// One process of an installation, in a role, with the handlers of the worker tests.
// Owns: what it tells its parent. Does not own: the process itself, which is `counterfoil serve` without its words.

import { serveRole } from "@counterfoil/server/process"
import { addSomeone } from "../support/people.ts"
import { shortLeases } from "../support/short-leases.ts"
import { workCapability, workHandlers } from "./work.ts"

const [role, outside, version, leases] = process.argv.slice(2)
if ((role !== "all" && role !== "api" && role !== "worker" && role !== "relay") || outside === undefined)
  throw new Error("usage: process.child.ts <role> <outside> both|old short|long")

const served = await serveRole(
  {
    role,
    host: "127.0.0.1",
    port: 0,
    metricsHost: "127.0.0.1",
    metricsPort: 0,
    handlers: null,
    migrate: true,
    extra: workHandlers(outside, version === "old" ? "old" : "both"),
    ...(leases === "short" ? { aroundStore: (store) => shortLeases(store).store } : {}),
    logLevel: "error",
  },
  process.env,
)
const core = "control-plane.core"
const someone = (kind: "agent" | "human", name: string, capabilities: readonly string[]) =>
  addSomeone(served, {
    kind,
    name,
    capabilities: [core, ...capabilities],
    ...(kind === "agent" ? { reach: "own" } : { roles: ["approver"] }),
  })
const people =
  served.ownerToken === null
    ? null
    : {
        agents: await Promise.all(
          Array.from({ length: 8 }, (_, n) => someone("agent", `bot-${n}`, [workCapability])),
        ),
        approvers: await Promise.all(
          ["ana", "ben"].map((name) =>
            someone("human", name, ["control-plane.approval", "control-plane.audit"]),
          ),
        ),
      }
// The process that started it may have given up meanwhile.
if (process.connected) process.send?.({ kind: "ready", url: served.plane.url, people })

process.on("message", (message) => {
  if (message === "stop") void served.plane.close().then(() => process.exit(0))
})
process.on("disconnect", () => process.exit(0))
