// Labelled changes of what a lock says beside its documents: error codes, requirements of capabilities, how events are met, and
// the words by which people acknowledged a change. A label is `rule class contract`.

import type { Acknowledgement, ContractLock } from "@counterfoil/contracts/drift"
import { Digest } from "@counterfoil/contracts"
import { changed, command, event, intent, lockOfDocuments } from "./lock-of.ts"

/** One labelled change of a whole lock. */
export interface WholeLockCase {
  readonly says: string
  readonly before: ContractLock
  readonly after: ContractLock
  readonly found: readonly string[]
}

const refund = "payments.refund@1"
const lock = lockOfDocuments([command, event])
const row = (
  says: string,
  before: ContractLock,
  after: ContractLock,
  ...found: readonly string[]
): WholeLockCase => ({ says, before, after, found })

type Errors = ContractLock["errors"]
const withErrors = (errors: Errors): ContractLock => ({ ...lock, errors })
const taken = "NAME_TAKEN"
const known = lock.errors[taken]
if (known === undefined) throw new Error(`${taken} is a code of the table`)
const withError = (fields: Partial<Errors[string]>): ContractLock =>
  withErrors({ ...lock.errors, [taken]: { ...known, ...fields } })
const without = (...codes: readonly string[]): ContractLock =>
  withErrors(Object.fromEntries(Object.entries(lock.errors).filter(([code]) => !codes.includes(code))))

const refunded = "payments.refunded@1"
const heard = lock.contracts[refunded]
if (heard === undefined) throw new Error(`${refunded} is in the lock`)
const withEvent = (fields: Partial<ContractLock["contracts"][string]>): ContractLock => ({
  ...lock,
  contracts: { ...lock.contracts, [refunded]: { ...heard, ...fields } },
})

const at = (http?: string): ContractLock => {
  const { http: _place, ...called } = lock.contracts[refund] ?? heard
  return {
    ...lock,
    contracts: { ...lock.contracts, [refund]: http === undefined ? called : { ...called, http } },
  }
}
const route = "POST /refunds/:chargeId"
const { [refund]: _gone, ...left } = lock.contracts

const wish = "support.refund@1"
const digest = (digit: string): Digest => Digest.parse(`sha256:${digit.repeat(64)}`)
const [oneInput, otherInput, oneDraft, otherDraft] = [digest("1"), digest("2"), digest("a"), digest("b")]
/** An intent whose plan function draws these drafts from these examples. */
const drawing = (
  drafts: ContractLock["contracts"][string]["drafts"],
  fields: Parameters<typeof changed>[1] = {},
): ContractLock => {
  const drawn = lockOfDocuments([changed(intent, fields)])
  const locked = drawn.contracts[wish]
  if (locked === undefined) throw new Error(`${wish} is in the lock`)
  return { ...drawn, contracts: { [wish]: drafts === undefined ? locked : { ...locked, drafts } } }
}

const requiring = (...capabilities: readonly string[]): ContractLock =>
  lockOfDocuments([command, event], [], capabilities)

const promised = lockOfDocuments([command])
const lowered = [changed(command, { version: "1.5.0", floor: "low" })]
const word = (fields: Partial<Acknowledgement> = {}): Acknowledgement => ({
  rule: "C031",
  contract: refund,
  from: promised.contracts[refund]?.digest ?? null,
  to: lockOfDocuments(lowered).contracts[refund]?.digest ?? null,
  reason: "small refunds need no approval any more",
  owner: "payments",
  expires: "2027-01-31",
  ...fields,
})
const acknowledged = (fields: Partial<Acknowledgement> = {}): ContractLock =>
  lockOfDocuments(lowered, [word(fields)])

/** The day on which the cases are compared; acknowledgements are counted from it. */
export const comparedOn = "2026-11-21"

/** Locks before and after. */
export const wholeLockCases: readonly WholeLockCase[] = [
  row("an error gets another status", lock, withError({ status: 410 }), `C042 breaking ${taken}`),
  row("another one acts on an error", lock, withError({ acts: "operator" }), `C042 breaking ${taken}`),
  row("an error is worded anew", lock, withError({ template: "Taken." }), `C044 safe ${taken}`),
  row(
    "the sentence of an error loses a value",
    lock,
    withError({ template: "{type} exists." }),
    `C044 safe ${taken}`,
  ),
  row("an error leaves the table", lock, without(taken), `C043 breaking ${taken}`),
  row(
    "two errors leave the table",
    lock,
    without(taken, "CURSOR_INVALID"),
    "C043 breaking CURSOR_INVALID",
    `C043 breaking ${taken}`,
  ),
  row("an error joins the table", without(taken), lock),

  row(
    "the capability requires another one",
    lock,
    requiring("payments.read"),
    "C063 breaking payments.write",
  ),
  row(
    "the capability requires a second one",
    requiring("payments.read"),
    requiring("payments.audit", "payments.read"),
    "C063 breaking payments.write",
  ),
  row("the capability requires nothing any more", requiring("payments.read"), lock),
  row(
    "what the capability requires in another order",
    requiring("payments.audit", "payments.read"),
    requiring("payments.read", "payments.audit"),
  ),

  row(
    "an event moves to another subject",
    lock,
    withEvent({ subject: "elsewhere" }),
    `C052 breaking ${refunded}`,
  ),
  row(
    "an event gets a subject of its own back",
    withEvent({ subject: "elsewhere" }),
    lock,
    `C052 breaking ${refunded}`,
  ),
  row(
    "an event becomes an entry of traces",
    lock,
    withEvent({ entryKind: true }),
    `C053 breaking ${refunded}`,
  ),
  row(
    "an event is not an entry of traces any more",
    withEvent({ entryKind: true }),
    lock,
    `C053 breaking ${refunded}`,
  ),
  row("an event is met as before", lock, lock),

  row("a route moves", at(route), at("POST /payments/refunds/:chargeId"), `C081 breaking ${refund}`),
  row("a route gets another method", at(route), at("GET /refunds/:chargeId"), `C081 breaking ${refund}`),
  row("a route is served no more", at(route), at(), `C081 breaking ${refund}`),
  row("the parameter of a route is renamed", at(route), at("POST /refunds/:charge")),
  row("a route is served from now on", at(), at(route)),
  row("a route goes with its contract", at(route), { ...lock, contracts: left }, `C001 breaking ${refund}`),

  row(
    "a plan function draws another plan under its old version",
    drawing({ [oneInput]: oneDraft }),
    drawing({ [oneInput]: otherDraft }),
    `C046 breaking ${wish}`,
  ),
  row(
    "a plan function draws another plan from one of two examples",
    drawing({ [oneInput]: oneDraft, [otherInput]: oneDraft }),
    drawing({ [oneInput]: oneDraft, [otherInput]: otherDraft }),
    `C046 breaking ${wish}`,
  ),
  row(
    "a plan function draws another plan under a higher version",
    drawing({ [oneInput]: oneDraft }),
    drawing({ [oneInput]: otherDraft }, { version: "1.5.0" }),
    `C046 safe ${wish}`,
  ),
  row(
    "a plan function draws from one more example",
    drawing({ [oneInput]: oneDraft }),
    drawing({ [oneInput]: oneDraft, [otherInput]: otherDraft }),
  ),
  row(
    "a plan function draws the same plans",
    drawing({ [oneInput]: oneDraft }),
    drawing({ [oneInput]: oneDraft }),
  ),
  row(
    "a lock from before plans were locked",
    drawing(undefined),
    drawing({ [oneInput]: oneDraft }),
    `C047 safe ${wish}`,
  ),
  row(
    "a plan function draws from other examples alone",
    drawing({ [oneInput]: oneDraft }),
    drawing({ [otherInput]: otherDraft }),
    `C047 safe ${wish}`,
  ),

  row("a lowered floor that its owner acknowledged", promised, acknowledged(), `C031 risky ${refund}`),
  row(
    "an acknowledgement has expired",
    promised,
    acknowledged({ expires: "2026-11-20" }),
    `C031 risky ${refund}`,
    `C096 risky ${refund}`,
  ),
  row(
    "an acknowledgement on its last day",
    promised,
    acknowledged({ expires: comparedOn }),
    `C031 risky ${refund}`,
  ),
  row(
    "an acknowledgement reaches 91 days ahead",
    promised,
    acknowledged({ expires: "2027-02-20" }),
    `C031 risky ${refund}`,
    `C096 risky ${refund}`,
  ),
  row(
    "an acknowledgement reaches 90 days ahead",
    promised,
    acknowledged({ expires: "2027-02-19" }),
    `C031 risky ${refund}`,
  ),
  row(
    "an acknowledgement of another rule",
    promised,
    acknowledged({ rule: "C032" }),
    `C031 risky ${refund}`,
    `C097 risky ${refund}`,
  ),
  row(
    "an acknowledgement of another contract",
    promised,
    acknowledged({ contract: "payments.pay@1" }),
    `C031 risky ${refund}`,
    "C097 risky payments.pay@1",
  ),
  row("an old acknowledgement that the baseline holds already", acknowledged(), acknowledged()),
]
