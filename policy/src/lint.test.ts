import { describe, expect, test } from "vitest"
import { defaultModeMap, type ModeMap, type PolicySource, type Time } from "@counterfoil/contracts"
import { defaultPolicySource } from "./shipped/default-policy-source.ts"
import { engine, now, registry, sourceOf } from "../test/world.ts"
import { lintPolicies } from "./lint-policies.ts"

const lint = (source: PolicySource) => lintPolicies({ source, registry, engine, now })
const codesOf = (text: string) => [...new Set(lint(sourceOf(text)).map(({ code }) => code))]
const refund = 'action == Counterfoil::Action::"payments.refund@1"'
const permit = (annotations: string, rest = "") =>
  `@id("tenant.one") @reason("because it is so") ${annotations}\npermit (principal, ${refund}, resource)${rest};`

describe("the linter", () => {
  test("finds nothing wrong with the shipped set", () => {
    expect(lint(defaultPolicySource())).toEqual([])
  })

  test.each([
    [
      "L01 a rule without an id",
      `@reason("because it is so") @tier("low") permit (principal, ${refund}, resource);`,
      "L01",
    ],
    ["L01 a permit without a tier", permit(""), "L01"],
    [
      "L01 a reason of three letters",
      permit('@tier("low") @owner("x")').replace("because it is so", "why"),
      "L01",
    ],
    ["L02 a tier with a typing error", permit('@tier("hgih")'), "L02"],
    ["L02 a bare tier", permit("@tier"), "L02"],
    ["L02 an annotation that does not exist", permit('@tier("low") @teir("high")'), "L02"],
    [
      "L02 a tier on a forbid",
      `@id("tenant.one") @reason("because it is so") @tier("high") forbid (principal, ${refund}, resource);`,
      "L02",
    ],
    ["L03 an id of another layer", permit('@tier("low")').replace("tenant.one", "base.one"), "L03"],
    ["L03 an id used twice", `${permit('@tier("low")')}\n${permit('@tier("low")')}`, "L03"],
    [
      "L04 a permit that constrains nothing",
      '@id("tenant.one") @reason("because it is so") @tier("low") permit (principal, action, resource);',
      "L04",
    ],
    [
      "L05 arithmetic in a forbid",
      `@id("tenant.one") @reason("because it is so") forbid (principal, ${refund}, resource) when { context.input.amount * 2 > 10 };`,
      "L05",
    ],
    [
      "L05 arithmetic on an unbounded field",
      permit('@tier("low")', " when { context.input.amount + 1 > 10 }"),
      "L05",
    ],
    [
      "L06 a forbid that reads an optional attribute unguarded",
      '@id("tenant.one") @reason("because it is so") forbid (principal, action == Counterfoil::Action::"crm.note.append@1", resource) when { context.input.urgent };',
      "L06",
    ],
    [
      "L07 a policy that can never hold",
      permit('@tier("low")', " when { context.input.amount > 5 && false }"),
      "L07",
    ],
    [
      "L07 an attribute that does not exist",
      permit('@tier("low")', " when { context.input.amuont > 5 }"),
      "L07",
    ],
    [
      "L07 an action that does not exist",
      permit('@tier("low")').replace("payments.refund@1", "payments.refund@2"),
      "L07",
    ],
    ["L08 a count of six", permit('@tier("medium") @approve("finance:6")'), "L08"],
    ["L08 six people in sum", permit('@tier("medium") @approve("finance:3, legal:3")'), "L08"],
    ["L09 a time-out of one minute", permit('@tier("medium") @timeout("PT1M")'), "L09"],
    ["L09 a grace of an hour", permit('@tier("medium") @grace("PT1H")'), "L09"],
    ["L10 escalation to no one", permit('@tier("medium") @on_timeout("escalate")'), "L10"],
    [
      "L10 escalation in a circle",
      permit('@tier("medium") @on_timeout("escalate") @escalate_to("cfo, ceo, cfo")'),
      "L10",
    ],
    [
      "L10 four levels of escalation",
      permit('@tier("medium") @on_timeout("escalate") @escalate_to("a, b, c, d")'),
      "L10",
    ],
    ["L11 an approval at tier low", permit('@tier("low") @approve("finance:1")'), "L11"],
    [
      "L12 an approval on a control contract",
      '@id("tenant.one") @reason("because it is so") @tier("medium") @approve("finance:1") permit (principal, action == Counterfoil::Action::"controlPlane.execution.cancel@1", resource);',
      "L12",
    ],
    [
      "L13 a permit that lets agents approve",
      '@id("tenant.one") @reason("because it is so") @tier("low") permit (principal, action == Counterfoil::Action::"controlPlane.execution.approve@1", resource);',
      "L13",
    ],
    [
      "L14 200 nested brackets",
      permit('@tier("low")', ` when { ${"(".repeat(200)}true${")".repeat(200)} }`),
      "L14",
    ],
    ["L14 a text above 64 KiB", `// ${"x".repeat(64 * 1024)}\n${permit('@tier("low")')}`, "L14"],
    [
      "L14 a chain of 390 attributes, over which evaluation would overflow",
      permit('@tier("low")', ` when { context${".call".repeat(390)} == 1 }`),
      "L14",
    ],
    [
      "L14 a long chain of operators",
      permit('@tier("low")', ` when { ${"true && ".repeat(3000)}true }`),
      "L14",
    ],
    [
      "L14 a policy above 16 KiB, which lists thousands of names",
      permit(
        '@tier("low")',
        ` when { [${Array.from({ length: 2_000 }, (_, i) => `"name${i}"`).join(", ")}].contains(context.input.currency) }`,
      ),
      "L14",
    ],
    [
      "L14 a policy above 16 KiB by a comment inside it",
      permit('@tier("low")', ` // ${"x".repeat(16 * 1024)}\n`),
      "L14",
    ],
    [
      "L14 a pattern of 30,000 characters, which takes seconds to look for in a long text",
      permit('@tier("low")', ` when { context.input.text like "*${"a".repeat(30_000)}b" }`),
      "L14",
    ],
    [
      "L14 a pattern of 9 stars",
      permit('@tier("low")', ` when { context.input.text like "${"*a".repeat(9)}" }`),
      "L14",
    ],
    [
      "L14 many patterns that together look for more than a layer may",
      permit(
        '@tier("low")',
        ` when { ${Array.from({ length: 9 }, () => `context.input.text like "*${"a".repeat(250)}b"`).join(" || ")} }`,
      ),
      "L14",
    ],
    [
      "L16 an exception without an end",
      permit('@tier("low") @owner("crm") @exception("until the new provider is live")'),
      "L16",
    ],
    [
      "L16 an exception of a year",
      permit(
        '@tier("low") @owner("crm") @exception("until the new provider is live")',
        " when { context.call.nowSeconds < 1900000000 }",
      ),
      "L16",
    ],
    ["parse an unknown word", "allow (principal, action, resource);", "parse"],
  ])("refuses %s", (_title, text, code) => {
    expect(codesOf(text)).toContain(code)
  })

  const listing = (action: string) => (i: number) =>
    `@id("tenant.n${i}") @tier("low") @reason("because it is so")
permit (principal, ${action}, resource) when { context.call.channel != "${"x".repeat(10_000)}" };`
  const inTexts = (rule: (i: number) => string, rules: number): PolicySource => ({
    texts: Array.from({ length: rules }, (_, i) => ({ layer: "tenant", name: `${i}.cedar`, text: rule(i) })),
    modeMap: defaultModeMap,
  })

  test("INV-04 refuses rules that together make one decision long, and says the bound", () => {
    expect(lint(inTexts(listing(refund), 6))).toEqual([])
    expect(lint(inTexts(listing(refund), 7)).map(({ message }) => message)).toEqual([
      "payments.refund@1 would be judged by rules of more than 65536 characters in all",
    ])
  })

  test("INV-10 refuses rules that together name more than 100 executions, as each list decides for each of them", () => {
    const naming = (rules: number) =>
      inTexts((i) => {
        const named = Array.from(
          { length: 50 },
          (_, n) => `Counterfoil::Resource::"execution:exe_${String(100 * i + n).padStart(26, "0")}"`,
        )
        return `@id("tenant.n${i}") @reason("because it is so")
forbid (principal, ${refund}, resource) when { [${named.join(", ")}].contains(resource) };`
      }, rules)
    expect(lint(naming(2))).toEqual([])
    expect(lint(naming(3)).map(({ message }) => message)).toEqual([
      "payments.refund@1 would be judged by rules that name more than 100 executions",
    ])
  })

  test("INV-04 refuses a layer of more than 256 KiB before the engine reads what is beyond it, and says the bound", () => {
    const comment = () => `// ${"x".repeat(60_000)}`
    expect(lint(inTexts(comment, 4))).toEqual([])
    expect(lint(inTexts(comment, 5)).map(({ file, message }) => `${file}: ${message}`)).toEqual([
      "tenant/4.cedar: the texts of a layer have at most 262144 characters in all",
    ])
  })

  test("refuses a skill's policy that names a group or a contract of the control plane", () => {
    for (const action of [
      'in Counterfoil::Action::"effect.write"',
      '== Counterfoil::Action::"controlPlane.execution.cancel@1"',
    ]) {
      const text = `@id("skill.one") @reason("because it is so") forbid (principal, action ${action}, resource);`
      expect(
        lint({ texts: [{ layer: "skill", name: "x.cedar", text }], modeMap: defaultModeMap }).map(
          ({ code }) => code,
        ),
      ).toContain("L15")
    }
  })

  test("INV-04 refuses a permit in the layers that only forbid", () => {
    for (const layer of ["base", "freeze"] as const) {
      const text = permit('@tier("low")').replace("tenant.one", `${layer}.one`)
      expect(lint({ texts: [{ layer, name: "x.cedar", text }], modeMap: defaultModeMap })).toMatchObject([
        { code: "L15" },
      ])
    }
  })

  test("accepts an exception that ends in time, and names both places of a duplicate", () => {
    expect(
      codesOf(
        permit(
          '@tier("low") @owner("crm") @exception("until the new provider is live")',
          " when { context.call.nowSeconds < 1797000000 }",
        ),
      ),
    ).toEqual([])
    const [found] = lint(sourceOf(`${permit('@tier("low")')}\n\n${permit('@tier("low")')}`))
    expect(found).toMatchObject({
      line: 4,
      message: "tenant.one is also the id of the rule at tenant/test.cedar:1",
    })
  })

  test("INV-05 refuses a mode map that makes high autonomous, and exceptions that are long or irreversible", () => {
    const map = (given: object) => ({ ...defaultModeMap, ...given }) as ModeMap
    const exception = {
      contract: "crm.note.append@1",
      medium: "autonomous",
      owner: "crm",
      reason: "undo exists",
      expires: "2026-12-31T00:00:00.000Z" as Time,
    }
    expect(lint(sourceOf(permit('@tier("low")'), map({ exceptions: [exception] })))).toEqual([])
    for (const given of [
      { default: { low: "autonomous", medium: "assist", high: "autonomous" } },
      { overrides: [{ high: "autonomous" }] },
      { default: { low: "autonomous", medium: "assist", height: "assist" } },
      { exceptions: [{ ...exception, expires: "2027-11-21T00:00:00.000Z" }] },
      { exceptions: [{ ...exception, expires: undefined }] },
      { exceptions: [{ ...exception, contract: "bank.wire.send@1" }] },
      { exceptions: [{ ...exception, contract: "nobody.knows@1" }] },
    ])
      expect(lint(sourceOf(permit('@tier("low")'), map(given))).map(({ code }) => code)).toEqual(["modeMap"])
  })
})
