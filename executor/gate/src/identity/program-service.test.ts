import { expect, test } from "vitest"
import { PrincipalId, SessionId, TenantId } from "@counterfoil/contracts"
import { ownServiceId, posesAsProgram, programCaller } from "./program-service.ts"

const tenant = TenantId.parse("acme")
const session = SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5d7")

test("INV-12 the program's own caller is recognised by where it was made, not by any of its fields", () => {
  const own = programCaller({ tenant, principal: ownServiceId(tenant), name: "counterfoil" }, session)
  expect(posesAsProgram(own)).toBe(false)
  expect(posesAsProgram({ ...own })).toBe(true)
  expect(posesAsProgram({ ...own, name: "another" })).toBe(true)
  const principal = PrincipalId.parse("svc_01kaz3v8g0e8r4n2t6w0y3b5d7")
  expect(posesAsProgram({ ...own, principal, name: "owner-recovery-01kaz3v8g0e8r4n2t6w0y3b5d7" })).toBe(true)
  expect(posesAsProgram({ ...own, principal })).toBe(false)
  expect(posesAsProgram({ ...own, tenant: TenantId.parse("globex"), principal })).toBe(false)
})
