import { describe, expect, test } from "vitest"
import type { Assurance } from "@counterfoil/contracts"
import { tooWeak } from "./authorise.ts"

const asking = (assurance: Assurance) => ({ auth: { kinds: ["human" as const], assurance } })

describe("the least assurance of a contract", () => {
  test.each([
    ["chat", ["chat"], null],
    ["chat", ["chat", "session"], "session"],
    ["session", ["session", "chat"], null],
    ["session", ["session", "key"], "key"],
    ["key", ["session", "stepUp", "key"], null],
  ] as const)("a caller of assurance %s before contracts that ask for %j", (assurance, asked, refused) => {
    const refusal = tooWeak({ assurance }, asked.map(asking))
    expect(
      refusal === null ? null : [refusal.code, refusal.problem("0".repeat(32)).details["assurance"]],
    ).toEqual(refused === null ? null : ["ASSURANCE_TOO_LOW", refused])
  })
})
