import { describe, expect, test } from "vitest"
import fc from "fast-check"
import { nameFault, nameText, skeletonOf } from "./name.ts"

describe("names that people choose", () => {
  test.each([
    "release-agent",
    "María José",
    "Nguyễn Văn",
    "Łukasz",
    "Оксана",
    "Γιώργος",
    "राम",
    "田中さん",
    "GitHub の bot",
    "김철수",
    "نور",
    "agent 007",
    "ops@acme.example",
    "bot 🤖",
    "O'Brien, Anne-Marie (ops)",
    "R&D: build_agent/2 + test",
    "ジョン・スミス",
    "אולגה כהן",
  ])("%s is a good one", (name) => {
    expect(nameFault(name)).toBeNull()
    expect(nameText(name)).toBe(name)
  })

  test.each([
    ["unseen", "ol\u202ega"],
    ["unseen", "olga\u200b"],
    ["unseen", "olga\nowner"],
    ["unseen", "olga\u3164"],
    ["unseen", "olga\u00a0owner"],
    ["spelling", "e\u0301va"],
    ["spelling", "\uff4flga"],
    ["spelling", "\u{1d428}lga"],
    ["spaces", " olga"],
    ["spaces", "olga  owner"],
    ["spaces", ""],
    ["marks", "x\u0336\u0337\u0338"],
    ["marks", "\u0336olga"],
    ["scripts", "\u043elga"],
    ["scripts", "olg\u03b1"],
    ["scripts", "agent \u0663x"],
    ["scripts", "\u13da\u13a2"],
    ["characters", "A\u2223ice Ops"],
    ["characters", "Alice \u2219 Ops"],
    ["characters", "ops\u2215agent"],
    ["characters", "ops|agent"],
    ["spelling", "agent \u2160"],
    ["characters", "agent \u2776"],
    ["characters", "bot \u{1f18e}"],
    ["characters", "bot \u{1f1e6}"],
    ["digits", "\u0967\u0968 1"],
    ["digits", "\u0661\u06f1"],
    ["order", "\u05d0\u05dc 1"],
    ["order", "1 \u05d0\u05dc"],
    ["order", "\u0646\u0648\u0631 \u0661"],
    ["reserved", "hum_01kaz3v8g0e8r4n2t6w0y3b5d7"],
    ["reserved", "counterfoil.sweeper"],
    ["reserved", "C0unterfoil.sweeper"],
  ] as const)("one that is refused for %s: %j", (fault, name) => {
    expect(nameFault(name)).toBe(fault)
    expect(nameText(name)).toMatch(/\(not a plain name: [a-z]+\)$/)
  })

  test.each([
    ["olga", "OLGA"],
    ["olga", "o1ga"],
    ["olga", "\u03bflga"],
    ["olga", "\u043elg\u0430"],
    ["olga", "\u1ecdlga"],
    ["BOT", "\u0412\u041e\u0422"],
    ["scope", "\u0455\u0441\u043e\u0440\u0435"],
    ["modern", "modem"],
    ["release-agent", "release\u2010agent"],
    ["Jose", "José"],
    ["bill", "bi11"],
    ["ian", "\u0131an"],
    ["jan", "\u0237an"],
    ["dan", "\u1d05\u1d00\u0274"],
    ["leo", "\u029f\u1d07\u1d0f"],
    ["Lukasz", "Łukasz"],
    ["duke", "đuke"],
    ["アー", "ア一"],
    ["ア-", "アー"],
    ["ロ", "口"],
    ["ニカ", "二力"],
    ["ヘリ", "へり"],
    ["\u0417", "3"],
    ["\u0663", "\u06f3"],
  ])("%s and %s look alike", (one, other) => {
    expect(skeletonOf(one)).toBe(skeletonOf(other))
  })

  test.each([
    ["olga", "olaf"],
    ["agent 1", "agent 2"],
    ["राम", "रमा"],
    ["mia", "mira"],
  ])("%s and %s do not", (one, other) => {
    expect(skeletonOf(one)).not.toBe(skeletonOf(other))
  })

  test("the skeleton of a skeleton is itself, and any text has one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        expect(skeletonOf(skeletonOf(name))).toBe(skeletonOf(name))
      }),
    )
  })
})
