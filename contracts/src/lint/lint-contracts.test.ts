import { describe, expect, test } from "vitest"
import { z } from "zod"
import { controlPlaneContracts } from "../control-plane/control-plane.ts"
import {
  defineCommand,
  defineEvent,
  defineQuery,
  DefinitionError,
  type CommandDefinition,
} from "../define/define.ts"
import { mark } from "../schema/schema.ts"
import { ContractRef, SemVer, text } from "../primitives.ts"
import { contractLintRules } from "./contract-issue.ts"
import { lintContracts } from "./lint-contracts.ts"

interface Refund {
  readonly payment: string
  readonly state?: { readonly balance: number } | undefined
  readonly to?: { readonly account: string } | undefined
}

const refund: CommandDefinition<Refund, { readonly refund: string }> = {
  name: "payments.refund",
  version: "1.2.0",
  effect: "keyed",
  window: "P30D",
  floor: "medium",
  capability: "payments.write",
  meta: {
    title: "Refund a payment",
    goal: "The customer has the money back, once.",
    context: "For captured payments; never to another account.",
    owners: ["payments"],
    tags: ["payments"],
    stability: "beta",
  },
  input: z.strictObject({
    payment: text(40),
    state: z.strictObject({ balance: z.int() }).optional(),
    to: z.strictObject({ account: text(40) }).optional(),
  }),
  output: z.strictObject({ refund: text(40) }),
  preview: [
    { label: "Payment", at: "/payment" },
    { label: "State", at: "/state" },
    { label: "To", at: "/to" },
  ],
  resource: { kind: "account", at: "/to/account" },
  examples: [
    { title: "a refund", input: { payment: "pay_81" }, output: { refund: "ref_9" } },
    { title: "of nothing", input: {}, fails: "/payment" },
  ],
}
const meta = refund.meta
const balance = (answer: z.ZodType) =>
  defineQuery({
    name: "payments.balance",
    version: "1.0.0",
    meta,
    input: z.strictObject({ payment: text(40) }),
    output: z.strictObject({ balance: answer }),
    capability: "payments.write",
    examples: [
      { title: "a balance", input: { payment: "pay_81" } },
      { title: "of nothing", input: {}, fails: "/payment" },
    ],
  })
const find = (ref: string) =>
  [...controlPlaneContracts, balance(z.int())].find((contract) => contract.ref === ref)
const observing = {
  contract: "payments.balance@1",
  input: { payment: { $from: "input", at: "/payment" } },
  at: "/state",
}
const reading = (answer: z.ZodType) =>
  lintContracts([defineCommand({ ...refund, observes: observing })], () => balance(answer)).map(
    ({ rule, at }) => `${rule} ${at}`,
  )
const found = (change: Partial<CommandDefinition<Refund, { readonly refund: string }>>) =>
  lintContracts([defineCommand({ ...refund, ...change })], find).map(({ rule, at }) => `${rule} ${at}`)
const taken = { payment: "pay_82" }
const firstExample = refund.examples.slice(0, 1)
const later = {
  since: SemVer.parse("1.2.0"),
  replacedBy: ContractRef.parse("payments.refund@2"),
  removeAfter: "2027-06-30",
}

describe("lint of contracts", () => {
  test("a contract with everything has no findings", () => {
    expect(found({})).toEqual([])
    expect(found({ observes: observing })).toEqual([])
  })

  const planted: readonly (readonly [string, readonly string[]])[] = [
    ["words-repeat /meta", found({ meta: { ...meta, context: `${meta.goal.slice(0, -1)}!` } })],
    ["errors-missing /errors", found({ path: "gate" })],
    ["refusal-missing /examples", found({ examples: firstExample })],
    ["example-wrong /examples/1", found({ examples: [...firstExample, { title: "wrong", input: {} }] })],
    [
      "example-wrong /examples/1",
      found({ examples: [...firstExample, { title: "elsewhere", input: {}, fails: "/to" }] }),
    ],
    [
      "example-wrong /examples/1",
      found({ examples: [...firstExample, { title: "fine", input: { payment: "p" }, fails: "/to" }] }),
    ],
    [
      "output-missing /examples/2",
      found({ examples: [...refund.examples, { title: "quiet", input: taken }] }),
    ],
    [
      "example-wrong /examples/2",
      found({
        examples: [...refund.examples, { title: "no such answer", input: taken, output: { refund: 9 } }],
      }),
    ],
    [
      "example-wrong /examples/2",
      found({
        examples: [
          ...refund.examples,
          { title: "refused and answered", input: {}, output: { refund: "ref_9" }, fails: "/payment" },
        ],
      }),
    ],
    [
      "pointer-lost /preview/3/at",
      found({ preview: [...(refund.preview ?? []), { label: "Amount", at: "/amount" }] }),
    ],
    [
      "pointer-lost /notShown/0/at",
      found({ notShown: [{ at: "/amount", reason: "there is no such field" }] }),
    ],
    ["pointer-lost /resource/at", found({ resource: { kind: "account", at: "/to/bank" } })],
    ["reference-lost /undo/contract", found({ undo: { contract: "payments.charge@1", input: {} } })],
    [
      "reference-lost /undo/contract",
      found({ undo: { contract: "controlPlane.execution.get@1", input: {} } }),
    ],
    ["reference-lost /observes/contract", found({ observes: { ...observing, contract: "payments.gone@1" } })],
    [
      "reference-lost /observes/contract",
      found({ observes: { ...observing, contract: "controlPlane.execution.cancel@1" } }),
    ],
    [
      "pointer-lost /observes/input",
      found({ observes: { ...observing, input: { payment: { $from: "input", at: "/pay" } } } }),
    ],
    ["state-misfit /observes/at", reading(z.number())],
    ["state-misfit /observes/at", reading(z.int().optional())],
    ["deprecation-missing /meta/deprecation", found({ meta: { ...meta, stability: "deprecated" } })],
    [
      "reference-lost /meta/deprecation/replacedBy",
      found({ meta: { ...meta, stability: "deprecated", deprecation: later } }),
    ],
  ]

  test.each(planted)("finds a planted fault: %s", (finding, findings) => {
    expect(findings).toContain(finding)
  })

  test("an event without an example is found", () => {
    const event = {
      name: "payments.refunded",
      version: "1.0.0",
      meta,
      capability: "payments.write",
      payload: z.strictObject({ refund: text(40) }),
    }
    expect(lintContracts([defineEvent(event)], find).map(({ rule }) => rule)).toEqual(["example-missing"])
  })

  test("every rule has a planted fault that it finds, or covers what cannot be defined", () => {
    const seen = planted.map(([finding]) => finding.split(" ")[0] ?? "")
    expect([...new Set([...seen, "example-missing", "not-defined"])].toSorted()).toEqual(
      Object.keys(contractLintRules).toSorted(),
    )
  })
})

describe("what cannot be defined says everything that is wrong with it", () => {
  const problemsOf = (define: () => unknown): readonly string[] => {
    try {
      define()
    } catch (error) {
      if (error instanceof DefinitionError) return error.problems
      throw error
    }
    return []
  }
  // Straight after JSON: a source runs without being compiled, so its types promise nothing.
  const untyped = (change: object): CommandDefinition<Refund, { readonly refund: string }> =>
    Object.assign({ ...refund }, change)

  test.each([
    [{ effect: undefined }, "it states no effect class"],
    [{ meta: { ...meta, goal: "", owners: [], tags: undefined } }, "meta goal"],
    [{ meta: { ...meta, owners: [] } }, "meta owners"],
    [{ meta: { ...meta, tags: undefined } }, "meta tags"],
    [{ meta: { ...meta, context: "short" } }, "meta context"],
    [{ errors: ["TOO_BAD"] }, "TOO_BAD is not an error of the table"],
    [{ examples: [] }, "it has no valid example"],
    [
      { input: z.strictObject({ token: mark(text(40), ["policy", "secret"]) }) },
      "input/properties/token: a secret field",
    ],
  ])("%j", (change, says) => {
    expect(problemsOf(() => defineCommand(untyped(change))).join("\n")).toContain(says)
  })

  test("a query changes nothing", () => {
    const { effect: _effect, window: _window, floor: _floor, preview: _preview, ...query } = refund
    const keyed: object = { effect: "keyed" }
    expect(problemsOf(() => defineQuery(Object.assign({ ...query }, keyed)))).toEqual([
      "it states no effect class: pure, read",
    ])
  })
})
