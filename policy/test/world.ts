// A small world to decide in: the control plane's contracts, a few of the outside, some principals.
// Owns: what the tests of this package share. Does not own: any expectation.

import { readFileSync } from "node:fs"
import {
  buildPolicyRequest,
  canonicalBytes,
  controlPlaneCallables,
  controlPlaneCapabilities,
  controlPlaneContracts,
  defaultModeMap,
  makeRegistry,
  type Callable,
  type ChainMember,
  type Grant,
  type Json,
  type JsonObject,
  type ModeMap,
  type PolicyRequest,
  type PolicySource,
  type Registry,
  type Time,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import type { CedarEngine } from "../src/engine/cedar-engine.ts"
import { engineWasmUrl, openWasmEngine } from "../src/engine/wasm-engine.ts"
import { loadPolicySet, type PolicySet } from "../src/policy-set.ts"
import { baseText } from "../src/shipped/base.ts"

/** The real engine, from the installed bytes. */
export const engine: CedarEngine = opened()

function opened(): CedarEngine {
  const result = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!result.ok) throw new Error(result.error)
  return result.value
}

/** When everything here happens. */
export const now = "2026-11-21T10:00:00.000Z" as Time
const [template] = controlPlaneCallables
if (template === undefined) throw new Error("the control plane has no contracts")

type Given = Partial<Pick<Callable, "effect" | "irreversible" | "floor" | "path" | "resource">> & {
  readonly ref: string
  readonly input?: JsonObject
  readonly required?: readonly string[]
}

/** A contract of the outside, of which policy reads only what is given here. */
export function contractOf({ ref, input = {}, required, ...given }: Given): Callable {
  const [name = ""] = ref.split("@")
  const properties = Object.fromEntries(
    Object.entries(input).map(([field, node]) => [field, { ...(node as JsonObject), "x-marks": ["policy"] }]),
  )
  const inputSchema = {
    type: "object",
    additionalProperties: false,
    properties,
    required: required ?? Object.keys(input),
  }
  return {
    ...(template as Callable),
    kind: "command",
    name,
    ref: ref as Callable["ref"],
    pin: { ...(template as Callable).pin, ref: ref as Callable["ref"] },
    inputSchema,
    capability: "control-plane.core" as Callable["capability"],
    emits: [],
    effect: "keyed",
    irreversible: false,
    floor: null,
    path: "step",
    resource: null,
    undo: null,
    auth: { kinds: ["human", "service", "agent"], assurance: "session" },
    ...given,
  }
}

/** The outside of this world. */
export const outside = {
  refund: contractOf({
    ref: "payments.refund@1",
    input: { amount: { type: "integer" }, currency: { type: "string" } },
  }),
  charge: contractOf({
    ref: "payments.charge.get@1",
    effect: "read",
    input: { chargeId: { type: "string" } },
  }),
  note: contractOf({
    ref: "crm.note.append@1",
    effect: "natural",
    input: {
      tags: { type: "array", items: { type: "string" } },
      urgent: { type: "boolean" },
      due: { type: "string", format: "date-time" },
    },
    required: [],
  }),
  commit: contractOf({
    ref: "git.commit.create@1",
    effect: "probeable",
    input: { branch: { type: "string" } },
  }),
  tag: contractOf({ ref: "git.tag.create@1", effect: "probeable", floor: "high" }),
  wire: contractOf({
    ref: "bank.wire.send@1",
    effect: "unsafe",
    irreversible: true,
    input: { amount: { type: "integer" } },
  }),
  purge: contractOf({
    ref: "crm.record.purge@1",
    effect: "natural",
    irreversible: true,
    resource: { kind: "record", at: "/id" },
  }),
} as const

/** Our own contracts and the outside. */
export const registry: Registry = makeRegistry(
  [...controlPlaneContracts, ...Object.values(outside)],
  controlPlaneCapabilities,
)

const base32 = "01kaz3v8g0e8r4n2t6w0y3b5"
/** Principals by short names. */
export const ids = {
  mia: `hum_${base32}a0`,
  ana: `hum_${base32}b0`,
  ben: `hum_${base32}c0`,
  bot: `agt_${base32}d0`,
  cron: `svc_${base32}e0`,
  hammer: `tol_${base32}f0`,
} as const

/** A grant that covers everything in the tenant for a month. */
export const grantOf = (principal: string, given: Partial<Grant> = {}): Grant => ({
  grantId: `grn_${base32}${principal.slice(-2)}` as Grant["grantId"],
  principal: principal as Grant["principal"],
  capability: "control-plane.core" as Grant["capability"],
  scope: { level: "tenant" },
  source: "owner",
  expiresAt: "2026-12-21T10:00:00.000Z" as Time,
  ...given,
})

const kinds = { hum: "human", agt: "agent", svc: "service", tol: "tool" } as const

/** A member of a chain, enabled and granted. */
export function memberOf(
  id: string,
  roles: readonly string[] = [],
  given: Partial<ChainMember> = {},
): ChainMember {
  return {
    id: id as ChainMember["id"],
    kind: kinds[id.slice(0, 3) as keyof typeof kinds],
    tenant: "acme" as ChainMember["tenant"],
    enabled: true,
    owner: null,
    roles: roles as ChainMember["roles"],
    grants: [grantOf(id)],
    ...given,
  }
}

/** The facts of one decision about a contract; grants are made to fit its capability. */
export function requestOf(
  contract: Callable,
  input: Json,
  given: Partial<Omit<PolicyRequest, "call">> & { readonly call?: Partial<PolicyRequest["call"]> } = {},
): PolicyRequest {
  const { call, chain = [memberOf(ids.mia, ["support"])], ...rest } = given
  const request = buildPolicyRequest({
    environment: "production" as PolicyRequest["environment"],
    tenant: "acme" as PolicyRequest["tenant"],
    contract,
    input,
    inputDigest: inputDigestOf(canonicalBytes(input)),
    taint: rest.taint ?? [],
    object: null,
    minimumMode: "autonomous",
    breakGlass: null,
    chain: chain.map((member) => ({
      ...member,
      grants: member.grants.map((grant) => ({ ...grant, capability: contract.capability })),
    })),
    call: {
      channel: "http",
      assurance: "session",
      origin: "contract",
      labels: [],
      planSteps: 1,
      now,
      ...call,
    },
  })
  return { ...request, ...rest }
}

/** A source of one tenant text, above the base layer. */
export const sourceOf = (text: string, modeMap: ModeMap = defaultModeMap): PolicySource => ({
  texts: [baseText, { layer: "tenant", name: "test.cedar", text }],
  modeMap,
})

/** The set of a source; its findings as an error where there is none. */
export function setOf(source: PolicySource, using: CedarEngine = engine): PolicySet {
  const loaded = loadPolicySet({ source, registry, engine: using, now })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 1))
  return loaded.value
}
