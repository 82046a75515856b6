// A small world to record executions in: contracts of every effect class, policies, people with keys.
// Owns: what the replay tests share. Does not own: the driver (record-execution.ts), nor any expectation.

import { createPrivateKey, createPublicKey, hash, sign } from "node:crypto"
import { readFileSync } from "node:fs"
import {
  HumanId,
  PrincipalId,
  RoleName,
  TenantId,
  Time,
  Environment,
  canonicalBytes,
  controlPlaneCapabilities,
  controlPlaneContracts,
  defineCapability,
  defineCommand,
  defineIntent,
  defineQuery,
  makeRegistry,
  mark,
  output,
  ref,
  step,
  type CapabilityName,
  type ChainMember,
  type Grant,
  type PolicySource,
  type Registry,
  type SignedReview,
} from "@counterfoil/contracts"
import { clientKeyDigestOf } from "@counterfoil/contracts/digest"
import type { ReviewKeyRow } from "@counterfoil/contracts/ports"
import {
  defaultPolicySource,
  engineWasmUrl,
  loadPolicySet,
  openWasmEngine,
  type CedarEngine,
  type PolicySet,
} from "@counterfoil/policy"
import { z } from "zod"

/** Where everything here happens, and whose it is. */
export const environment = Environment.parse("production")
export const tenant = TenantId.parse("acme")
/** When the first execution is recorded. */
export const start = Time.parse("2026-11-21T08:35:00.000Z")

const meta = (title: string) => ({
  title,
  goal: `A contract of the replay tests: ${title}.`,
  context: "Exists in tests alone, for recorded executions.",
  owners: ["tests"],
  tags: ["test"],
  stability: "stable" as const,
})
const capability = "demo.work"

const Charge = z.strictObject({
  chargeId: z.string().max(40),
  amount: z.int().min(0).max(100_000_000),
  items: z.array(z.string().max(20)).max(20),
})
const chargeGet = defineQuery({
  name: "payments.charge.get",
  version: "1.0.0",
  meta: meta("Read a charge"),
  capability,
  input: z.strictObject({ chargeId: mark(z.string().max(40), ["policy"]) }),
  output: Charge,
  examples: [{ title: "one", input: { chargeId: "ch_1" } }],
})
const refundCancel = defineCommand({
  name: "payments.refund.cancel",
  version: "1.0.0",
  meta: meta("Cancel a refund"),
  capability,
  effect: "natural",
  input: z.strictObject({ refundId: z.string().max(40) }),
  output: z.strictObject({ cancelled: z.boolean() }),
  examples: [{ title: "one", input: { refundId: "re_1" } }],
})
const refund = defineCommand({
  name: "payments.refund",
  version: "1.2.0",
  meta: meta("Refund a charge"),
  capability,
  effect: "keyed",
  window: "PT24H",
  input: z.strictObject({
    chargeId: z.string().max(40),
    amount: mark(z.int().min(1).max(100_000_000), ["policy"]),
    reason: z.string().max(200).default("none given"),
  }),
  output: z.strictObject({ refundId: z.string().max(40) }),
  undo: { contract: "payments.refund.cancel@1", input: { refundId: { $from: "output", at: "/refundId" } } },
  preview: [
    { label: "amount", at: "/amount" },
    { label: "charge", at: "/chargeId" },
    { label: "reason", at: "/reason" },
  ],
  checks: [
    {
      id: "round",
      version: 1,
      says: "An amount ends in no 13.",
      test: (input) => (input.amount % 100 === 13 ? ["/amount"] : []),
    },
  ],
  examples: [{ title: "one", input: { chargeId: "ch_1", amount: 5 } }],
})
const note = defineCommand({
  name: "crm.note.append",
  version: "1.0.0",
  meta: meta("Write a note"),
  capability,
  effect: "natural",
  input: z.strictObject({ text: z.string().max(400), about: z.string().max(40) }),
  output: z.strictObject({ noteId: z.string().max(40) }),
  resource: { kind: "customer", at: "/about" },
  examples: [{ title: "one", input: { text: "hello", about: "c1" } }],
})
const commit = defineCommand({
  name: "git.commit.create",
  version: "1.0.0",
  meta: meta("Make a commit"),
  capability,
  effect: "probeable",
  probe: { settle: "PT2S" },
  input: z.strictObject({ branch: mark(z.string().max(60), ["policy"]) }),
  output: z.strictObject({ sha: z.string().max(40) }),
  preview: [{ label: "branch", at: "/branch" }],
  examples: [{ title: "one", input: { branch: "main" } }],
})
const wire = defineCommand({
  name: "bank.wire.send",
  version: "1.0.0",
  meta: meta("Send money"),
  capability,
  effect: "unsafe",
  irreversible: true,
  input: z.strictObject({ amount: mark(z.int().min(1).max(1_000_000), ["policy"]) }),
  output: z.strictObject({ wireId: z.string().max(40) }),
  preview: [{ label: "amount", at: "/amount" }],
  examples: [{ title: "one", input: { amount: 5 } }],
})
const support = defineIntent({
  name: "support.refund",
  version: "1.0.0",
  meta: meta("Refund a customer"),
  capability,
  onFailure: "undo",
  input: z.strictObject({ chargeId: z.string().max(40), amount: z.int().min(1).max(100_000_000) }),
  output: z.strictObject({ refundId: z.string(), noteId: z.string() }),
  examples: [{ title: "one", input: { chargeId: "ch_1", amount: 5 } }],
  plan: ({ chargeId, amount }) => {
    const charge = step("charge", chargeGet, { chargeId }, { because: "what was paid" })
    const paid = step(
      "refund",
      refund,
      { chargeId: ref(charge, "chargeId"), amount, reason: "asked for" },
      { after: [charge], undo: true, because: "the customer asked" },
    )
    const noted = step(
      "note",
      note,
      { text: "refunded", about: ref(paid, "refundId") },
      { because: "so that support knows" },
    )
    return {
      steps: [charge, paid, noted],
      output: output({ refundId: ref(paid, "refundId"), noteId: ref(noted, "noteId") }),
    }
  },
})

/** The contracts of this world beside the control plane's own. */
export const contracts = { chargeGet, refund, refundCancel, note, commit, wire, support } as const

/** Everything that is registered. */
export const registry: Registry = makeRegistry(
  [...controlPlaneContracts, ...Object.values(contracts)],
  [...controlPlaneCapabilities, defineCapability({ name: capability, requires: [], meta: meta("Work") })],
)

/** The installed engine. */
export const engine: CedarEngine = openedEngine()
function openedEngine(): CedarEngine {
  const opened = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!opened.ok) throw new Error(opened.error)
  return opened.value
}

const tenantText = (
  cap: number,
): string => `@id("tenant.refund-cap") @reason("no refund above the cap of this tenant")
forbid (principal, action == Counterfoil::Action::"payments.refund@1", resource) when { context.input.amount > ${cap} };

@id("tenant.refund-review") @tier("medium") @reason("two teams look at a large refund")
@approve("finance:1, support-lead:1") @assurance("session") @timeout("PT1H") @on_timeout("escalate") @escalate_to("owner") @exclude("agentOwner")
permit (principal, action == Counterfoil::Action::"payments.refund@1", resource) when { context.input.amount > 10000 };
`

/** A policy source; another cap is another set, and another slice for refunds. */
export function policySource(cap = 500_000): PolicySource {
  const { texts, modeMap } = defaultPolicySource()
  return { modeMap, texts: [...texts, { layer: "tenant", name: "refunds.cedar", text: tenantText(cap) }] }
}

/** The set of a source. Throws its findings. */
export function policySet(source: PolicySource): PolicySet {
  const loaded = loadPolicySet({ source, registry, engine, now: start })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value
}

const base32 = "01kaz3v8g0e8r4n2t6w0y3b5"
/** Principals by short names: `bot` acts for `mia`, and `kim` owns it. */
export const ids = {
  bot: PrincipalId.parse(`agt_${base32}b0`),
  mia: HumanId.parse(`hum_${base32}m0`),
  kim: HumanId.parse(`hum_${base32}k0`),
  ana: HumanId.parse(`hum_${base32}a0`),
  ben: HumanId.parse(`hum_${base32}d0`),
  cleo: HumanId.parse(`hum_${base32}c0`),
  eve: HumanId.parse(`hum_${base32}e0`),
} as const

const rolesOf: { readonly [name in keyof typeof ids]: readonly string[] } = {
  bot: [],
  mia: ["support"],
  kim: ["owner", "approver"],
  ana: ["approver", "finance"],
  ben: ["approver", "support-lead", "finance"],
  cleo: ["approver", "owner"],
  eve: ["support-lead"],
}

/** People who may review, with their roles. */
export const reviewers = (["kim", "ana", "ben", "cleo", "eve"] as const).map((name) => ({
  human: ids[name],
  roles: rolesOf[name].map((role) => RoleName.parse(role)),
}))

const member = (
  name: keyof typeof ids,
  kind: ChainMember["kind"],
  of: CapabilityName,
  granted: boolean,
): ChainMember => ({
  id: PrincipalId.parse(ids[name]),
  kind,
  tenant,
  enabled: true,
  owner: kind === "agent" ? ids.kim : null,
  roles: rolesOf[name].map((role) => RoleName.parse(role)),
  grants: granted ? [grantOf(name, of)] : [],
})
const grantOf = (name: keyof typeof ids, of: CapabilityName): Grant => ({
  grantId: `grn_${base32}${ids[name].slice(-2)}` as Grant["grantId"],
  principal: PrincipalId.parse(ids[name]),
  capability: of,
  scope: { level: "tenant" },
  source: "owner",
  expiresAt: Time.parse("2027-11-21T08:35:00.000Z"),
})

/** The requester chain: the agent, then the human it acts for. */
export const chainOf = (of: CapabilityName, granted = true): readonly ChainMember[] => [
  member("bot", "agent", of, granted),
  member("mia", "human", of, true),
]

// One fixed key a person: PKCS #8 of an ed25519 seed (RFC 8410 §7).
const pkcs8 = (seed: number): Buffer =>
  Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, seed)])
const privateKeys = new Map(
  reviewers.map(({ human }, index) => [
    human,
    createPrivateKey({ key: pkcs8(index + 1), format: "der", type: "pkcs8" }),
  ]),
)

/** The enrolled review keys. */
export const reviewKeys: readonly ReviewKeyRow[] = [...privateKeys].map(([human, key]) => {
  const spki = createPublicKey(key).export({ format: "der", type: "spki" })
  return {
    keyId: hash("sha256", spki, "hex"),
    tenant,
    human,
    spki: spki.toString("base64"),
    enrolledAt: Time.parse("2026-01-01T00:00:00.000Z"),
    revokedAt: null,
  }
})

/** A signed review: DSSE over its canonical payload. */
export function signedReview(
  human: HumanId,
  payload: { readonly [field: string]: Parameters<typeof canonicalBytes>[0] },
): SignedReview {
  const key = privateKeys.get(human)
  const keyId = reviewKeys.find((row) => row.human === human)?.keyId
  if (key === undefined || keyId === undefined) throw new Error("no key")
  const body = Buffer.from(
    canonicalBytes({ ...payload, format: "counterfoil.review/1", human, method: "ed25519" }),
  )
  const payloadType = "application/vnd.counterfoil.review+json"
  const pae = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `),
    body,
  ])
  return {
    payloadType,
    payload: body.toString("base64"),
    signatures: [{ keyid: keyId, sig: sign(null, pae, key).toString("base64") }],
  }
}

/** A digest of something that these tests do not read. */
export const anyDigest = clientKeyDigestOf("replay" as Parameters<typeof clientKeyDigestOf>[0])
/** The runtime that recorded traces name. */
export const runtime = { version: "0.1.0", engineDigest: engine.digest }
