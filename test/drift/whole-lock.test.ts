// What a lock says beside its contracts: error codes, requirements of capabilities, how events are met.

import { compareLocks, type ContractLock } from "@counterfoil/contracts/drift"
import { describe, expect, test } from "vitest"
import { command, event, lockOfDocuments } from "./corpus/lock-of.ts"

const lock = lockOfDocuments([command, event])
const found = (before: ContractLock, after: ContractLock): readonly string[] =>
  compareLocks({ before, after, today: "2026-11-21" }).findings.map(
    ({ rule, class: grave, contract }) => `${rule} ${grave} ${contract}`,
  )
const withError = (fields: Partial<ContractLock["errors"][string]>): ContractLock => {
  const known = lock.errors["NAME_TAKEN"]
  if (known === undefined) throw new Error("NAME_TAKEN is a code of the table")
  return { ...lock, errors: { ...lock.errors, NAME_TAKEN: { ...known, ...fields } } }
}
const withEvent = (fields: Partial<ContractLock["contracts"][string]>): ContractLock => {
  const known = lock.contracts["payments.refunded@1"]
  if (known === undefined) throw new Error("the event is in the lock")
  return { ...lock, contracts: { ...lock.contracts, "payments.refunded@1": { ...known, ...fields } } }
}

describe("a change of the table of errors", () => {
  test("is breaking when a code means something else or is gone, and safe when its sentence changes", () => {
    expect(found(lock, withError({ status: 410 }))).toEqual(["C042 breaking NAME_TAKEN"])
    expect(found(lock, withError({ acts: "operator" }))).toEqual(["C042 breaking NAME_TAKEN"])
    expect(found(lock, withError({ template: "Taken." }))).toEqual(["C044 safe NAME_TAKEN"])
    const { NAME_TAKEN: _gone, ...rest } = lock.errors
    expect(found(lock, { ...lock, errors: rest })).toEqual(["C043 breaking NAME_TAKEN"])
    expect(found({ ...lock, errors: rest }, lock)).toEqual([])
  })
})

describe("a capability", () => {
  test("that requires another one breaks those who hold it", () => {
    const more = lockOfDocuments([command, event], [], ["payments.read"])
    expect(found(lock, more)).toEqual(["C063 breaking payments.write"])
    expect(found(more, lock)).toEqual([])
  })
})

const at = (http?: string): ContractLock => {
  const { http: _place, ...known } = lock.contracts["payments.refund@1"] ?? never()
  const contract = http === undefined ? known : { ...known, http }
  return { ...lock, contracts: { ...lock.contracts, "payments.refund@1": contract } }
}
const never = (): never => {
  throw new Error("the command is in the lock")
}

describe("the place of a contract in HTTP", () => {
  const route = "POST /refunds/:chargeId"

  test("that moves, or is served no more, breaks whoever calls it there", () => {
    expect(found(at(route), at("POST /payments/refunds/:chargeId"))).toEqual([
      "C081 breaking payments.refund@1",
    ])
    expect(found(at(route), at("GET /refunds/:chargeId"))).toEqual(["C081 breaking payments.refund@1"])
    expect(found(at(route), at())).toEqual(["C081 breaking payments.refund@1"])
  })

  test("is the same when a parameter has another name, and breaks nobody who could not call it", () => {
    expect(found(at(route), at("POST /refunds/:charge"))).toEqual([])
    expect(found(at(), at(route))).toEqual([])
    expect(found(at(route), at(route))).toEqual([])
  })

  test("goes with a contract that goes, which is one finding", () => {
    const { "payments.refund@1": _gone, ...rest } = at(route).contracts
    expect(found(at(route), { ...lock, contracts: rest })).toContain("C001 breaking payments.refund@1")
    expect(found(at(route), { ...lock, contracts: rest }).join()).not.toContain("C081")
  })
})

describe("an event", () => {
  test("that moves to another subject, or stops being an entry of traces, breaks its readers", () => {
    expect(found(lock, withEvent({ subject: "elsewhere" }))).toEqual(["C052 breaking payments.refunded@1"])
    expect(found(lock, withEvent({ entryKind: true }))).toEqual(["C053 breaking payments.refunded@1"])
  })
})
