// One drift check as a command asks for it.
// Owns: the flags of every command that checks, and what they mean. Does not own: the check (drift/), nor what is made of the report.

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

/** What is compared with what. */
export const driftFlags: readonly Flag[] = [
  {
    long: "against",
    value: "BASELINE",
    help: "a git ref, a lock file, or the url of a running server (the merge base with the default branch)",
  },
  {
    long: "live",
    help: "also look at the work in the store of --data, stopped, or of DATABASE_URL; nothing is written",
  },
  {
    long: "policies",
    value: "DIR",
    help: `the folder of the tree's rules and golden verdicts (${defaultPoliciesFolder}, when it is there)`,
  },
  { long: "first", help: "accept a commit that has no lock yet" },
  dataFlag,
]

/** The day of an invocation, such as `2026-11-21`. */
export const todayOf = (io: Invocation["io"]): string => timeOf(io).slice(0, 10)

/** The report of the check that the flags ask for. */
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

// The store and what reads it are loaded only when somebody asks for it.
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
