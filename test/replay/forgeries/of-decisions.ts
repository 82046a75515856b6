// Forged verdicts, plans and outcomes: what was allowed, for whom, on what input, and what came of it.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import { canonical, canonicalBytes, type Json, type JsonObject } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { asObject, edited, inConcert, withLeaf } from "../forge.ts"
import { recordExecution, type Recording } from "../record-execution.ts"
import { ids, registry } from "../world.ts"
import {
  kinds,
  agent,
  approvedStart,
  change,
  changed,
  changeHead,
  find,
  hashed,
  payloadOf,
  person,
  reviewedInSession,
  swapped,
  without,
  type ApprovedStart,
  type Forged,
  type Forgery,
} from "./forgery.ts"

const {
  compiled,
  completed,
  decided,
  escalated,
  failed,
  received,
  rejected,
  requested,
  resolved,
  reviewed,
  started,
  voided,
} = kinds

const coreOf = (payload: JsonObject): JsonObject => asObject(asObject(payload["verdict"])["core"])
const isBinding = (payload: JsonObject): boolean => payload["phase"] !== "preview"

/** A held step as if policy had let it go: verdicts say so, and no one was asked. */
function letGo({ entries }: Recording, { start, request }: ApprovedStart, tier: string): Forged {
  const { stepId, approvalId } = payloadOf(entries[request])
  const core = { decision: "allow", tier, mode: "autonomous", obligations: null }
  const loosened = entries.map((entry, i) => {
    const payload = payloadOf(entry)
    if (entry.head.kind === decided && payload["stepId"] === stepId) {
      const free = withLeaf(payload, ["verdict"], (verdict) => ({
        ...asObject(verdict),
        core: { ...asObject(asObject(verdict)["core"]), ...core },
      }))
      return edited(entry, { payload: free })
    }
    return i === start
      ? edited(entry, { payload: { ...without(payload, "approvalId", "approvalDigest"), reviewIds: [] } })
      : entry
  })
  const alone = loosened.filter(
    ({ head, payload }) =>
      !(head.kind === requested || head.kind === reviewed) || asObject(payload)["approvalId"] !== approvalId,
  )
  return { entries: inConcert(alone) }
}

const held =
  (tier: "medium" | "high", which: (contract: string) => boolean, as: string): Forgery["forge"] =>
  (recording) => {
    const found = approvedStart(recording, tier, tier === "high" ? "ed25519" : "session")
    if (found === null) return null
    const contract = canonical(payloadOf(recording.entries[found.start])["contract"] ?? null)
    return which(contract) ? letGo(recording, found, as) : null
  }

/** One verdict changed, with every digest that depends on it. */
const verdict =
  (which: (payload: JsonObject) => boolean, edit: (payload: JsonObject) => Json): Forgery["forge"] =>
  ({ entries }) => {
    const i = find(entries, decided, which)
    return i === null ? null : { entries: inConcert(change(entries, i, edit)) }
  }

const outputOf = (output: Json): JsonObject => ({
  output,
  outputDigest: digestOf("counterfoil.output.v1", canonicalBytes(output)),
})

const pinOf = (ref: string): JsonObject => {
  const pin = registry.find(ref)?.pin
  return pin === undefined ? {} : { ...pin }
}

/** Entries of the executor in another's name: of each kind, by who might gain from it. */
const writtenByOthers: readonly Forgery[] = (
  [
    [decided, "an agent", agentOf(ids.bot.replace("b0", "b1"))],
    [requested, "an agent", agentOf(ids.bot.replace("b0", "b1"))],
    [completed, "a reviewer", person(ids.ana)],
    [completed, "the requester", agent],
    [failed, "a service", { principal: { id: ids.bot.replace("agt_", "svc_"), kind: "service" } }],
    [voided, "a reviewer", person(ids.ben)],
    [escalated, "a reviewer", person(ids.ana)],
    ["controlPlane.approval.expired@1", "the requester", agent],
    ["controlPlane.execution.completed@1", "an agent", agentOf(ids.bot.replace("b0", "b1"))],
  ] as const
).map(([kind, who, head]) => ({
  says: `${kind} was written by ${who}`,
  by: "APPROVAL",
  forge: changed(kind, (payload) => payload, { head, which: ({ phase }) => phase !== "preview" }),
}))

function agentOf(id: string): JsonObject {
  return { principal: { id, kind: "agent" } }
}

/** Forged decisions. */
export const forgedDecisions: readonly Forgery[] = [
  {
    says: "a verdict of tier high is swapped for one that allows, and no one was asked",
    by: "APPROVAL",
    forge: held("high", () => true, "high"),
  },
  {
    says: "a verdict of tier high is swapped for one of tier low, and no one was asked",
    by: "APPROVAL",
    forge: held("high", () => true, "low"),
  },
  {
    says: "a step that can only be probed is judged low, and no one was asked",
    by: "APPROVAL",
    forge: held("medium", (contract) => contract.includes("git.commit.create"), "low"),
  },
  {
    says: "a refund above the rule's amount is judged low, and no one was asked",
    by: "DERIVE",
    forge: held("medium", (contract) => contract.includes("payments.refund@1"), "low"),
  },
  {
    says: "verdict and request ask for one team where the rule asks for two",
    by: "DERIVE",
    forge: ({ entries }) => {
      const two = '[{"count":1,"role":"finance"},{"count":1,"role":"support-lead"}]'
      const request = find(entries, requested, ({ obligations }) =>
        canonical(obligations ?? null).includes(two),
      )
      const { stepId, approvalId } = payloadOf(entries[request ?? -1])
      const isMore =
        find(entries, reviewed, (payload) => payload["approvalId"] === approvalId) !== null ||
        find(entries, requested, (payload) => payload["stepId"] === stepId && payload["level"] !== 0) !== null
      if (request === null || isMore) return null
      return {
        entries: inConcert(
          entries.map((entry) =>
            payloadOf(entry)["stepId"] === stepId
              ? edited(entry, { payload: swapped(entry.payload, two, '[{"count":1,"role":"finance"}]') })
              : entry,
          ),
        ),
      }
    },
  },
  {
    says: "the lines that people read are rewritten, with every digest of them",
    by: "DERIVE",
    forge: reviewedInSession(({ entries }, { request }) => ({
      entries: inConcert(
        change(entries, request, (payload) => ({ ...payload, preview: [{ label: "amount", value: "1" }] })),
      ),
    })),
  },
  {
    says: "a verdict names other rules",
    by: "DERIVE",
    forge: verdict(
      (payload) => coreOf(payload)["decision"] === "allow",
      (payload) => withLeaf(payload, ["verdict", "core", "determining"], () => ["tenant.anything"]),
    ),
  },
  {
    says: "a verdict was made for another chain",
    by: "APPROVAL",
    forge: verdict(isBinding, (payload) => swapped(payload, String(ids.mia), String(ids.cleo))),
  },
  {
    says: "a verdict was made without the human for whom it was asked",
    by: "APPROVAL",
    forge: verdict(isBinding, (payload) => {
      const alone = withLeaf(payload, ["request", "chain"], (chain) => (chain as readonly Json[]).slice(0, 1))
      return withLeaf(alone, ["verdict", "core", "chain"], (chain) => (chain as readonly Json[]).slice(0, 1))
    }),
  },
  {
    says: "a verdict was made at another time",
    by: "APPROVAL",
    forge: verdict(isBinding, (payload) =>
      withLeaf(payload, ["request", "call", "now"], () => "2026-11-21T08:00:00.000Z"),
    ),
  },
  {
    says: "a verdict is about another tenant",
    by: "APPROVAL",
    forge: verdict(isBinding, (payload) => withLeaf(payload, ["request", "tenant"], () => "globex")),
  },
  {
    says: "a verdict is about another contract",
    by: "APPROVAL",
    forge: verdict(
      (payload) => isBinding(payload) && payload["key"] === "refund",
      (payload) =>
        withLeaf(payload, ["request", "contract"], (pin) => ({
          ...asObject(pin),
          ref: "payments.refund.cancel@1",
        })),
    ),
  },
  {
    says: "a verdict's effect class is milder than its contract's",
    by: "APPROVAL",
    forge: verdict(
      (payload) => asObject(payload["request"])["effect"] === "unsafe",
      (payload) => withLeaf(payload, ["request", "effect"], () => "natural"),
    ),
  },
  {
    says: "a verdict relies on a break-glass session that nothing shows",
    by: "APPROVAL",
    forge: verdict(isBinding, (payload) =>
      withLeaf(payload, ["request", "breakGlass"], () => ({
        breakGlassId: "bgl_01kaz3v8g0e8r4n2t6w0y3b5d7",
        holder: ids.mia,
        expiresAt: "2026-11-22T08:35:00.000Z",
      })),
    ),
  },
  {
    says: "a verdict is not the one digested",
    by: "APPROVAL",
    forge: changed(decided, (payload) => withLeaf(payload, ["verdict", "core", "mode"], () => "blocked"), {
      which: isBinding,
    }),
  },
  {
    says: "what a request answers to is missing: no verdict held the step",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const request = find(entries, requested)
      const { stepId } = payloadOf(entries[request ?? -1])
      return request === null
        ? null
        : hashed(
            entries.filter(
              (entry, i) =>
                i > request || entry.head.kind !== decided || payloadOf(entry)["stepId"] !== stepId,
            ),
          )
    },
  },
  {
    says: "the plan is not the one digested",
    by: "APPROVAL",
    forge: changed(compiled, (payload) =>
      withLeaf(payload, ["plan", "steps", 0, "floor"], (floor) => (floor === "high" ? "low" : "high")),
    ),
  },
  {
    says: "a contract that the plan calls is not pinned",
    by: "APPROVAL",
    forge: changed(compiled, (payload) => ({
      ...payload,
      contracts: (payload["contracts"] as readonly Json[]).slice(1),
    })),
  },
  {
    says: "an execution counts its steps otherwise",
    by: "DERIVE",
    forge: changed("controlPlane.execution.completed@1", (payload) =>
      withLeaf(payload, ["stepCounts", "completed"], (n) => Number(n) + 1),
    ),
  },
  {
    says: "a step that failed is left out of the trace, and its failure too",
    by: "DERIVE",
    forge: ({ entries }) => {
      const failure = find(entries, failed, ({ final, source }) => final === true && source === "handler")
      const { stepId } = payloadOf(entries[failure ?? -1])
      return failure === null
        ? null
        : hashed(
            entries.filter(
              (entry) =>
                !(payloadOf(entry)["stepId"] === stepId && /step\.(started|failed)/.test(entry.head.kind)),
            ),
          )
    },
  },
  {
    says: "a time at which a step is tried again is beyond its bounds",
    by: "DERIVE",
    forge: ({ entries }) => {
      const failure = find(
        entries,
        failed,
        ({ retryAt, stepId }, i) =>
          retryAt !== undefined &&
          find(entries, started, (payload, j) => j > i && payload["stepId"] === stepId) === null,
      )
      return failure === null
        ? null
        : hashed(change(entries, failure, (payload) => ({ ...payload, retryAt: "2027-01-01T00:00:00.000Z" })))
    },
  },
  {
    says: "an undone step is left out of the trace",
    by: "DERIVE",
    forge: ({ entries }) => {
      const undone = find(entries, "controlPlane.execution.step.undone@1")
      return undone === null ? null : hashed(entries.filter((_, i) => i !== undone))
    },
  },
  {
    says: "the chain holds a grant that it did not have, and policy allows by it",
    by: "HEAD",
    forge: (recording) => {
      const { entries } = recording
      const i = find(entries, decided, (payload) => coreOf(payload)["blockReason"] === "grantMissing")
      if (i === null) return null
      return { entries: recordExecution({ seed: 9_500, as: recording.execution.executionId }).entries }
    },
  },
  {
    says: "an outcome is changed with its digest",
    by: "HEAD",
    forge: changed(completed, (payload) => ({ ...payload, ...outputOf({ wireId: "forged" }) }), {
      which: ({ key, source }) => key === "wire" && source === "handler",
    }),
  },
  {
    says: "the whole trace is replaced by another history of the same execution",
    by: "HEAD",
    forge: ({ execution, entries }) => ({
      entries: recordExecution({ seed: 9_000 + entries.length, as: execution.executionId }).entries,
    }),
  },
  {
    says: "an output is not the one digested",
    by: "PAYLOAD",
    forge: changed(completed, (payload) => ({ ...payload, output: { forged: true } })),
  },
  {
    says: "an agent is in a review where a human has to be",
    by: "PAYLOAD",
    forge: changed(reviewed, (payload) => ({ ...payload, human: ids.bot }), {
      which: ({ method }) => method === "session",
    }),
  },
  {
    says: "a payload has a field that its contract does not know, named as every object's own",
    by: "PAYLOAD",
    forge: ({ entries }) => hashed(change(entries, 0, (payload) => ({ ...payload, toString: "x" }))),
  },
  {
    says: "a principal is of another kind than its id",
    by: "SEQUENCE",
    forge: ({ entries }) =>
      hashed(changeHead(entries, entries.length - 1, { principal: { id: ids.bot, kind: "human" } })),
  },
  {
    says: "the trace is copied to another tenant and hashed again",
    by: "SEQUENCE",
    forge: ({ entries }) =>
      hashed(entries.map((entry, i) => (i === 0 ? entry : edited(entry, { head: { tenant: "globex" } })))),
  },
  {
    says: "an entry is dated before the one it follows",
    by: "SEQUENCE",
    forge: ({ entries }) =>
      hashed(changeHead(entries, entries.length - 1, { time: "2026-11-20T00:00:00.000Z" })),
  },
  {
    says: "an entry was written under an older fence",
    by: "SEQUENCE",
    forge: ({ entries }) => {
      const last = entries.at(-1) ?? entries[0]
      return last.head.fence === 0 ? null : hashed(changeHead(entries, entries.length - 1, { fence: 0 }))
    },
  },
  {
    says: "an intent leaves out the pin of the contract that it asks for",
    by: "APPROVAL",
    forge: changed(received, (payload) => without(payload, "contract"), {
      which: ({ contract }) => contract !== undefined,
    }),
  },
  {
    says: "an intent asks for one contract and pins another",
    by: "APPROVAL",
    forge: changed(received, (payload) => ({ ...payload, contract: pinOf("bank.wire.send@1") }), {
      which: ({ contract }) => asObject(contract)["ref"] === "payments.refund@1",
    }),
  },
  {
    says: "an intent with a draft of its own pins a contract",
    by: "APPROVAL",
    forge: changed(received, (payload) => ({ ...payload, contract: pinOf("bank.wire.send@1") }), {
      which: ({ contract }) => contract === undefined,
    }),
  },
  {
    says: "the draft of a plan that was rejected is another one",
    by: "DERIVE",
    forge: changed(rejected, (payload) => ({ ...payload, draft: { steps: [] } })),
  },
  {
    says: "what did not happen has the digest of an output",
    by: "PAYLOAD",
    forge: changed(resolved, (payload) => ({ ...payload, outputDigest: `sha256:${"0".repeat(64)}` }), {
      which: ({ outcome }) => outcome === "didNotHappen",
    }),
  },
  {
    says: "an execution's output is left out, and its digest is not",
    by: "PAYLOAD",
    forge: changed("controlPlane.execution.completed@1", (payload) => without(payload, "output")),
  },
  {
    says: "a step failed with an error that no answer gives",
    by: "DERIVE",
    forge: changed(
      failed,
      (payload) => ({ ...payload, error: { ...asObject(payload["error"]), code: "ANYTHING" } }),
      { which: ({ source }) => source === "handler" },
    ),
  },
  ...writtenByOthers,
  {
    says: "a second intent is in the trace",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const [first, second, ...rest] = entries
      const again = edited(first, { head: { time: second?.head.time ?? first.head.time } })
      return second === undefined || first.head.kind !== received
        ? null
        : hashed([first, again, second, ...rest])
    },
  },
]
