import { describe, expect, test } from "vitest"
import { verifyBundle } from "@counterfoil/adapters"
import { canonical, type Json } from "@counterfoil/contracts"
import { bundleDigestOf } from "@counterfoil/contracts/digest"
import { openReplay, readBundle } from "@counterfoil/replay"
import { diceOf, type Dice } from "./dice.ts"
import { leavesOf, otherLeaf, withLeaf } from "./forge.ts"
import { bundleOf, recordExecution } from "./record-execution.ts"
import { engine, registry, reviewKeys } from "./world.ts"

describe("the verifier that shares no code", () => {
  test(
    "INV-07 agrees with everything that was recorded, reviews and consumptions included",
    { timeout: 240_000 },
    () => {
      const signed = new Map<string, number>()
      for (let seed = 1; seed <= 150; seed++) {
        const verification = verifyBundle(bundleOf(recordExecution({ seed })).bytes, reviewKeys)
        expect(
          verification.checks.filter(({ status }) => status === "failed"),
          `seed ${seed}`,
        ).toEqual([])
        expect(verification.result).toBe("verified")
        for (const { signature } of verification.reviews)
          signed.set(signature, (signed.get(signature) ?? 0) + 1)
      }
      expect([...signed.keys()].sort()).toEqual(["unsigned", "verified"])
    },
  )

  test("without trusted keys it could not check, and does not say verified", () => {
    const signed = Array.from(
      { length: 60 },
      (_, seed) => bundleOf(recordExecution({ seed: seed + 1 })).bytes,
    ).find((bytes) => verifyBundle(bytes, null).result !== "verified")
    expect(signed === undefined ? null : verifyBundle(signed, null).result).toBe("couldNotCheck")
    expect(signed === undefined ? null : verifyBundle(signed, reviewKeys).result).toBe("verified")
  })

  test(
    "agrees with the reader of the product on files that were changed and sealed again, and neither ever throws",
    { timeout: 240_000 },
    () => {
      const replay = openReplay({ installed: registry, engine, mode: "recorded" })
      const dice = diceOf(11)
      const outcomes = { both: 0, onlyOne: 0 }
      for (let i = 0; i < 400; i++) {
        const forged = resealed(bundleOf(recordExecution({ seed: 1 + (i % 20) })).bytes, dice)
        const verification = verifyBundle(forged, reviewKeys)
        const read = readBundle(forged)
        const replayed = read.ok ? replay(read.value) : null
        // What only derivation or only signatures can tell is left out: each side has its own tests for that.
        const faulty = verification.checks.some(
          ({ check, status }) => status === "failed" && (check <= 5 || check === 8),
        )
        outcomes[faulty === (replayed?.ok !== true) ? "both" : "onlyOne"] += 1
      }
      expect(outcomes.both).toBeGreaterThan(390)
    },
  )

  test("says what it did not check, and never calls that a pass", () => {
    const { bytes } = bundleOf(recordExecution({ seed: 3 }))
    const { checks } = verifyBundle(bytes, reviewKeys)
    expect(
      checks.filter(({ status }) => status === "notChecked").map(({ check, because }) => [check, because]),
    ).toEqual([
      [6, "the bundle carries no checkpoint"],
      [7, "without a checkpoint no entry is witnessed"],
      [10, "no step names a skill"],
    ])
  })

  test("verifies order and digests of a bundle without payloads, and names what it could not check", () => {
    const { bytes } = bundleOf(recordExecution({ seed: 3 }), "none")
    const verification = verifyBundle(bytes, reviewKeys)
    expect([verification.result, verification.completeness]).toEqual(["verified", "proofOnly"])
    expect(verification.checks.filter(({ status }) => status === "passed").map(({ check }) => check)).toEqual(
      [1, 3, 4],
    )
  })
})

/** The file with one value of one line changed, and a trailer that fits again. */
function resealed(bytes: Uint8Array, dice: Dice): Uint8Array {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -2)
  // Half the changes hit header and entries, the others any line.
  const at = dice.chance(0.5) ? dice.below(Math.min(lines.length, 8)) : dice.below(lines.length)
  const line = JSON.parse(lines[at] ?? "{}") as Json
  const leaves = leavesOf(line)
  const odd: Json = dice.one<Json>([null, -1, "", {}, [], 1e300])
  const changed = withLeaf(line, dice.one(leaves), (old) => (dice.chance(0.5) ? otherLeaf(old) : odd))
  const body = new TextEncoder().encode(
    lines
      .with(at, canonical(changed))
      .map((one) => `${one}\n`)
      .join(""),
  )
  const trailer = canonical({ type: "trailer", lines: lines.length + 1, digest: bundleDigestOf(body) })
  return new Uint8Array([...body, ...new TextEncoder().encode(`${trailer}\n`)])
}
