import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { verifyBundle } from "@counterfoil/verifier"
import { sayBoth, verifyWhole } from "./both.ts"
import { bundleOf, recordExecution } from "./record-execution.ts"
import { reviewKeys } from "./world.ts"

const alone = { head: null, derive: null } as const

describe("the verifiers", () => {
  test(
    "INV-07 agree with everything that was recorded, reviews and consumptions included",
    { timeout: 240_000 },
    () => {
      const signed = new Set<string>()
      for (let seed = 1; seed <= 120; seed++) {
        const { bytes } = bundleOf(recordExecution({ seed }), seed % 10 === 0 ? "none" : "all")
        const said = sayBoth(bytes)
        expect([said.first, said.second, said.about], `seed ${seed}`).toEqual([
          null,
          null,
          { first: "", second: "" },
        ])
        for (const { signature } of verifyBundle(bytes, { ...alone, keys: reviewKeys }).reviews)
          signed.add(signature)
      }
      expect([...signed].sort()).toEqual(["unsigned", "verified"])
    },
  )

  test("without trusted keys could not check what is signed, and say so", () => {
    const signed = Array.from(
      { length: 60 },
      (_, i) => bundleOf(recordExecution({ seed: i + 1 })).bytes,
    ).find((bytes) =>
      verifyBundle(bytes, { ...alone, keys: null }).reviews.some((one) => one.signature === "notChecked"),
    )
    if (signed === undefined) throw new Error("nothing was signed")
    expect(verifyWhole(signed, null, null).result).toBe("couldNotCheck")
    expect(verifyWhole(signed).result).toBe("consistent")
  })

  test("INV-08 call nothing a pass that they did not check: alone, the second cannot decide again", () => {
    const { bytes } = bundleOf(recordExecution({ seed: 3 }))
    const { checks, result } = verifyBundle(bytes, { ...alone, keys: reviewKeys })
    expect(result).toBe("couldNotCheck")
    expect(
      checks.filter(({ status }) => status === "notChecked").map(({ check, because }) => [check, because]),
    ).toEqual([
      [6, "the bundle carries no checkpoint"],
      [7, "without a checkpoint no entry is witnessed"],
      [10, "no step names a skill"],
      [11, "what was decided was not derived again"],
    ])
  })

  test("verify order, digests and signers of a bundle without payloads, and name what could not be checked", () => {
    const { bytes } = bundleOf(recordExecution({ seed: 3 }), "none")
    const verification = verifyWhole(bytes)
    expect([verification.result, verification.completeness]).toEqual(["couldNotCheck", "proofOnly"])
    expect(verification.checks.filter(({ status }) => status === "passed").map(({ check }) => check)).toEqual(
      [1, 3, 4],
    )
  })

  test("are two: the second imports nothing but Node and its own files", () => {
    const folder = join(import.meta.dirname, "../../replay/verifier/src")
    const imported = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(/from "([^"]+)"/g)].map(([, name]) => name ?? ""),
    )
    expect(imported.length).toBeGreaterThan(10)
    expect(imported.filter((name) => !name.startsWith("node:") && !/^\.\/[a-z-]+\.ts$/.test(name))).toEqual(
      [],
    )
  })
})
