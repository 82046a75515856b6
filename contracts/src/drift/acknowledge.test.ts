import { describe, expect, test } from "vitest"
import { registryOf } from "../define/registry.ts"
import { SemVer, type Digest } from "../primitives.ts"
import { acknowledge } from "./acknowledge.ts"
import type { CheckPart } from "./check-parts.ts"
import type { Finding } from "./finding.ts"
import type { Acknowledgement, ContractLock } from "./lock.ts"
import { lockOf } from "./make-lock.ts"

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest
const subject = { contract: "payments.refund@1", from: digest("a"), to: digest("b") }
const void1: Finding = {
  rule: "C090",
  class: "risky",
  at: "",
  before: null,
  after: null,
  message: "",
  affected: "",
  fix: "",
  ...subject,
}
const word = (rule: string): Acknowledgement => ({
  rule,
  ...subject,
  reason: "they are decided tonight",
  owner: "payments",
  expires: "2026-12-01",
})
const lockWith = (...words: readonly Acknowledgement[]): ContractLock =>
  lockOf(registryOf([], []), SemVer.parse("1.0.0"), words)

const judged = (part: CheckPart, findings: readonly Finding[], ...words: readonly Acknowledgement[]) =>
  acknowledge(findings, { before: lockWith(), after: lockWith(...words), today: "2026-11-21", part }).map(
    ({ rule, acknowledgedUntil }) => `${rule} ${acknowledgedUntil ?? "open"}`,
  )

describe("acknowledgements are judged with the part that finds what they are about", () => {
  test("a word covers a finding of its part", () => {
    expect(judged("live", [void1], word("C090"))).toEqual(["C090 2026-12-01"])
    expect(judged("live", [], word("C090"))).toEqual(["C097 open"])
  })

  test("a part that was not checked says nothing of words about it", () => {
    expect(judged("contracts", [], word("C090"), word("C088"))).toEqual([])
    expect(judged("policy", [], word("C090"))).toEqual([])
  })

  test("a word for what is made anew fits nothing, and is found once", () => {
    const stale: Finding = { ...void1, rule: "C080" }
    expect(judged("generated", [stale], word("C080"))).toEqual(["C080 open"])
    expect(judged("contracts", [], word("C080"), word("C999"))).toEqual(["C097 open", "C097 open"])
  })
})
