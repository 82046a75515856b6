// Runs one drift check for a command.
// Owns: the flags of every command that checks, and their meaning. Does not own: the check (drift/), nor the use of the report.

import { Time, type Registry } from "@counterfoil/contracts"
import { generatedDocuments } from "../describe/generated-documents.ts"
import { checkDrift } from "../drift/check-drift.ts"
import { fetchBytes } from "../drift/fetch-lock.ts"
import type { LiveLook } from "@counterfoil/gate"
import { policyFindings } from "../drift/policy-part.ts"
import { FailOn, type DriftReport } from "../drift/report.ts"
import type { Flag, Invocation } from "../command.ts"
import { configuredContracts, dataFlag, installedEngine, installedRegistry } from "./installed.ts"
import { defaultPoliciesFolder, keptPolicy } from "./policy-files.ts"
import { unseenContracts } from "./unseen-contracts.ts"

/** The flags that choose what is compared. */
export const driftFlags: readonly Flag[] = [
  {
    long: "against",
    value: "BASELINE",
    help: "a git ref, a lock file, or the URL of a running server (the merge base with the default branch)",
  },
  {
    long: "live",
    help: "also check the work in the stopped store of --data, or in DATABASE_URL; nothing is written",
  },
  {
    long: "policies",
    value: "DIR",
    help: `the folder of the tree's rules and golden verdicts (${defaultPoliciesFolder}, if it exists)`,
  },
  { long: "first", help: "accept a commit that has no lock yet" },
  dataFlag,
]

/** The day of an invocation, such as `2026-11-21`. */
export const todayOf = (io: Invocation["io"]): string => timeOf(io).slice(0, 10)

/** The report of the check that the flags describe. */
export async function checkedDrift(invocation: Invocation): Promise<DriftReport> {
  const { flags, io, settings, tree } = invocation
  return await checkDrift({
    folder: process.cwd(),
    against: flags.text("against"),
    first: flags.on("first"),
    failOn: FailOn.parse(flags.text("fail-on") ?? "risky"),
    today: todayOf(io),
    fetchBytes: (url) => fetchBytes(url, { ...settings, signal: io.signal }),
    registry: () => installedRegistry(flags.text("data")),
    policy: async (registry) =>
      policyFindings({
        registry,
        engine: await installedEngine(),
        now: timeOf(io),
        kept: keptPolicy(io, flags.text("policies")),
      }),
    unseen: (registry) => unseenContracts(process.cwd(), registry),
    sections: configuredContracts,
    documents: (registry) => generatedDocuments(registry, tree),
    live: flags.on("live") ? (candidate) => look(candidate, invocation) : null,
  })
}

const timeOf = (io: Invocation["io"]): Time => Time.parse(new Date(io.now()).toISOString())

// The store and its readers are loaded only when the flag is given.
async function look(candidate: Registry, { flags, io }: Invocation): Promise<LiveLook> {
  const { openLiveStore } = await import("@counterfoil/store")
  const { lookAtLive } = await import("@counterfoil/gate")
  const { withDatabase } = await import("@counterfoil/server/operate")
  const engine = await installedEngine()
  const now = timeOf(io)
  return await withDatabase(flags.text("data"), io.env, async (ownerUrl) => {
    const store = await openLiveStore(ownerUrl)
    try {
      return await lookAtLive({ store, candidate, engine, derives: true, now })
    } finally {
      await store.close()
    }
  })
}
