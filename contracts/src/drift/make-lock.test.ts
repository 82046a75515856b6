import { describe, expect, test } from "vitest"
import { controlPlaneCapabilities } from "../control-plane/capabilities.ts"
import { controlPlaneContracts } from "../control-plane/control-plane.ts"
import { makeRegistry } from "../define/registry.ts"
import { SemVer } from "../primitives.ts"
import { lockOf, lockText } from "./make-lock.ts"
import { readLock } from "./read-lock.ts"

const version = SemVer.parse("1.0.0")
const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const text = lockText(lockOf(registry, version, []))
const read = (changed: string) => readLock(new TextEncoder().encode(changed))
const acknowledgement = {
  rule: "C031",
  contract: "payments.refund@1",
  from: null,
  to: null,
  reason: "agreed",
  owner: "payments",
  expires: "2027-01-31",
}

describe("the lock of contracts", () => {
  test("is the same text for every order in which contracts and capabilities are listed", () => {
    const turned = makeRegistry(controlPlaneContracts.toReversed(), controlPlaneCapabilities.toReversed())
    expect(lockText(lockOf(turned, version, []))).toBe(text)
  })

  test("is read back as what was written", () => {
    const lock = read(text)
    expect(lock.ok && lockText(lock.value)).toBe(text)
  })

  test("says of each contract what it promises: schemas, effect class, floor, errors, events, capability, meta", () => {
    const lock = lockOf(registry, version, [])
    const { document, digest } = lock.contracts["controlPlane.execution.approve@1"] ?? {}
    expect(document).toMatchObject({
      kind: "command",
      capability: "control-plane.approval",
      meta: { owners: ["platform-security"] },
      input: { type: "object" },
    })
    expect(digest).toBe(registry.find("controlPlane.execution.approve@1")?.digest)
    expect(lock.contracts["controlPlane.plan.compiled@1"]).toMatchObject({
      subject: "controlPlane.v1.*.event.*.plan.compiled",
      entryKind: true,
    })
  })

  test.each([
    [
      "a contract that was altered",
      (lock: string) => lock.replace('"effect": "natural"', '"effect": "unsafe"'),
    ],
    ["a text that was altered", (lock: string) => lock.replace('"title": "Submit', '"title": "Send')],
    ["an error that was altered", (lock: string) => lock.replace('"status": 409', '"status": 400')],
    [
      "a capability that was altered",
      (lock: string) => lock.replace('"requires": []', '"requires": ["a.b"]'),
    ],
    ["an unknown format", (lock: string) => lock.replace("contracts-lock/1", "contracts-lock/2")],
    ["an unknown field", (lock: string) => lock.replace("{", '{"more": 1,')],
    ["a file that was cut off", (lock: string) => lock.slice(0, -20)],
    ["nothing", () => ""],
  ])("is refused with %s", (_what, alter) => {
    expect(alter(text)).not.toBe(text)
    expect(read(alter(text)).ok).toBe(false)
  })

  test("takes acknowledgements that a person wrote into the file", () => {
    const lock = read(
      text.replace('"acknowledged": []', `"acknowledged": [${JSON.stringify(acknowledgement)}]`),
    )
    expect(lock.ok && lock.value.acknowledged).toEqual([acknowledgement])
  })
})
