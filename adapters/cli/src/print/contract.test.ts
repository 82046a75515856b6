import { describe, expect, test } from "vitest"
import { installedRegistry } from "../offline/installed.ts"
import { contractText } from "./contract.ts"

/** Lines of an ordinary screen. */
const linesMax = 50

describe("a contract on a screen", () => {
  const { contracts } = installedRegistry(undefined)

  test.each(contracts.map((contract) => [contract.ref, contract] as const))("%s fits", (ref, contract) => {
    const text = contractText(contract, { page: "docs/page.md", emittedBy: [] })
    expect(text.split("\n").length).toBeLessThanOrEqual(linesMax)
    expect(text.startsWith(`${ref}  ${contract.kind} `)).toBe(true)
    for (const { length } of [contract.meta.goal, contract.meta.context])
      expect(text.length).toBeGreaterThan(length)
  })
})
