// Whether there is a nats-server for the tests that need one, before any of them runs.
// Owns: fetching it where Debian has it, and what the gate says when there is none. Does not own: starting one (support/nats-server.ts).
// A gate that could not look must not pass in CI: there a missing server is a failure; elsewhere its tests are skipped, and said so.

import { spawnSync } from "node:child_process"
import { debianProgram } from "../support/debian-program.ts"
import { natsServerPath } from "../support/nats-server.ts"

/** What the gate is to do: nothing to say, say that tests were skipped, or fail. */
export type NatsServerFound =
  | { readonly kind: "found" }
  | { readonly kind: "skipped" | "missing"; readonly says: string }

const updateMs = 120_000

/** Looks, fetches once where that is possible, and decides. */
export function findNatsServer(env: NodeJS.ProcessEnv): NatsServerFound {
  // Where NATS_SERVER names one, no other is used.
  const mayFetch = env["NATS_SERVER"] === undefined
  if (natsServerPath() !== null || (mayFetch && fetched() && natsServerPath() !== null))
    return { kind: "found" }
  const says = "there is no nats-server here (apt install nats-server, or NATS_SERVER=/path/to/it)"
  return env["CI"] === "true"
    ? { kind: "missing", says: `${says}: the tests of NATS cannot run` }
    : { kind: "skipped", says: `NOT TESTED: NATS. ${says}: its tests were SKIPPED` }
}

function fetched(): boolean {
  if (debianProgram("nats-server", "nats-server") !== null) return true
  // A fresh container has no lists of packages; only the superuser may fetch them.
  if (process.getuid?.() !== 0) return false
  const updated = spawnSync("apt-get", ["update"], { stdio: "ignore", timeout: updateMs })
  return updated.status === 0 && debianProgram("nats-server", "nats-server") !== null
}
