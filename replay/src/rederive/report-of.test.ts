// What later differences follow from, by its definition, and in time in proportion to how many there are.

import type { ExecutionId } from "@counterfoil/contracts"
import { expect, test } from "vitest"
import { reportOf, type ReportedFinding } from "./report-of.ts"

const executionId = "exe_01kaz3v8g0e8r4n2t6w0y3b5d7" as ExecutionId

const difference = (seq: number, stepKey: string | null): ReportedFinding => ({
  kind: "divergent",
  seq,
  entryKind: "controlPlane.policy.decided@1",
  stage: "policy",
  stepKey,
  at: "",
  recorded: null,
  derived: null,
  because: "",
})

const follows = (keys: readonly (string | null)[]) =>
  reportOf(
    executionId,
    "recorded",
    keys.length,
    keys.map((key, i) => difference(i + 1, key)),
  ).others.map((one) => one.follows)

test("a later difference follows from the first before it that is of its step or of the whole", () => {
  expect(follows(["a", "b", "a", null, "b", "c"])).toEqual([null, 1, 1, 2, 4])
  expect(follows([null, "a", "a"])).toEqual([1, 1])
})

test("very many differences of as many steps are reported in time", () => {
  const before = process.cpuUsage()
  expect(follows(Array.from({ length: 100_000 }, (_, i) => `k${i}`)).every((one) => one === null)).toBe(true)
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
})
