import { describe, expect, test } from "vitest"
import { type ChainMember, type ExecutionId, type Obligations } from "@counterfoil/contracts"
import { grantOf, ids, memberOf, now } from "../../test/world.ts"
import { isFillable } from "./fillable.ts"

const executionId = "exe_00000000000000000000000000" as ExecutionId
const obligations: Obligations = {
  quorum: [{ role: "approver" as never, count: 1 }],
  assurance: "session",
  timeouts: ["PT4H" as never],
  onTimeout: "expire",
  escalateTo: [],
  grace: "PT0S" as never,
  bulk: false,
  exclude: [],
}
const reviewer = (id: string): ChainMember => ({
  ...memberOf(id, ["approver"]),
  grants: [{ ...grantOf(id), capability: "control-plane.approval" as never }],
})

describe("whether people could fill a quorum", () => {
  test("no more of them are looked at than it takes, so that many owners of many people are looked through", () => {
    let looked = 0
    function* people() {
      for (;;) {
        looked += 1
        yield looked === 1 ? memberOf(ids.mia, []) : reviewer(ids.ana)
      }
    }
    const asker = reviewer(ids.mia)
    const held = { executionId, obligations, asker, people, now, reviews: () => true }
    expect(isFillable(held)).toBe(true)
    expect(looked).toBe(2)
  })

  test("INV-06 the one who asks does not fill it", () => {
    const asker = reviewer(ids.mia)
    const held = { executionId, obligations, asker, people: () => [asker], now, reviews: () => true }
    expect(isFillable(held)).toBe(false)
    expect(isFillable({ ...held, people: () => [asker, reviewer(ids.ana)] })).toBe(true)
    expect(isFillable({ ...held, people: () => [asker, reviewer(ids.ana)], reviews: () => false })).toBe(
      false,
    )
  })
})
