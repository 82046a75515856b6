import { expect, test } from "vitest"
import { ContractRef, TenantId } from "@counterfoil/contracts"
import { makePermits } from "./permits.ts"

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
