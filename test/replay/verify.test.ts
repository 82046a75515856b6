import { describe, expect, test } from "vitest"
import { verifyBundle } from "@counterfoil/adapters"
import { bundleOf, recordExecution } from "./record-execution.ts"
import { reviewKeys } from "./world.ts"

describe("the verifier that shares no code", () => {
  test("INV-07 agrees with everything that was recorded, reviews and consumptions included", { timeout: 240_000 }, () => {
    const signed = new Map<string, number>()
    for (let seed = 1; seed <= 150; seed++) {
      const verification = verifyBundle(bundleOf(recordExecution({ seed })).bytes, reviewKeys)
      expect(verification.checks.filter(({ status }) => status === "failed"), `seed ${seed}`).toEqual([])
      expect(verification.result).toBe("verified")
      for (const { signature } of verification.reviews) signed.set(signature, (signed.get(signature) ?? 0) + 1)
    }
    expect([...signed.keys()].sort()).toEqual(["unsigned", "verified"])
  })

  test("without trusted keys it could not check, and does not say verified", () => {
    const signed = Array.from({ length: 60 }, (_, seed) => bundleOf(recordExecution({ seed: seed + 1 })).bytes).find((bytes) => verifyBundle(bytes, null).result !== "verified")
    expect(signed === undefined ? null : verifyBundle(signed, null).result).toBe("couldNotCheck")
    expect(signed === undefined ? null : verifyBundle(signed, reviewKeys).result).toBe("verified")
  })

  test("says what it did not check, and never calls that a pass", () => {
    const { bytes } = bundleOf(recordExecution({ seed: 3 }))
    const { checks } = verifyBundle(bytes, reviewKeys)
    expect(checks.filter(({ status }) => status === "notChecked").map(({ check, because }) => [check, because])).toEqual([
      [6, "the bundle carries no checkpoint"], [7, "without a checkpoint no entry is witnessed"], [10, "no step names a skill"],
    ])
  })

  test("verifies order and digests of a bundle without payloads, and names what it could not check", () => {
    const { bytes } = bundleOf(recordExecution({ seed: 3 }), "none")
    const verification = verifyBundle(bytes, reviewKeys)
    expect([verification.result, verification.completeness]).toEqual(["verified", "proofOnly"])
    expect(verification.checks.filter(({ status }) => status === "passed").map(({ check }) => check)).toEqual([1, 3, 4])
  })
})
