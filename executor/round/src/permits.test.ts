import { expect, test } from "vitest"
import { ContractRef, TenantId } from "@counterfoil/contracts"
import { attemptsPerTenantMax, makePermits } from "./permits.ts"

const tenant = TenantId.parse("acme")
const contract = ContractRef.parse("test.natural@1")

test("a contract has no more permits than its limit, and one that is given back twice frees one", () => {
  const permits = makePermits()
  const [first, second, third] = [1, 2, 3].map(() => permits.take(tenant, contract, 2))
  expect([first === null, second === null, third]).toEqual([false, false, null])
  first?.give()
  first?.give()
  expect([1, 2].map(() => permits.take(tenant, contract, 2) === null)).toEqual([false, true])
})

test("a tenant that has all of its attempts under way still freezes", () => {
  const permits = makePermits()
  const taken = Array.from({ length: attemptsPerTenantMax + 1 }, () => permits.take(tenant, contract, 1_000))
  expect(taken.filter((one) => one !== null)).toHaveLength(attemptsPerTenantMax)
  const freeze = ContractRef.parse("controlPlane.policy.activate@1")
  const [first, second] = [permits.take(tenant, freeze, 1), permits.take(tenant, freeze, 1)]
  expect([first === null, second]).toEqual([false, null])
  first?.give()
  expect(permits.take(tenant, freeze, 1)).not.toBeNull()
  expect(permits.take(tenant, contract, 1_000)).toBeNull()
  taken[0]?.give()
  expect(permits.take(tenant, contract, 1_000)).not.toBeNull()
})
