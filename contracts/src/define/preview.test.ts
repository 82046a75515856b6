import { describe, expect, test } from "vitest"
import { z } from "zod"
import { controlPlaneContracts } from "../control-plane/control-plane.ts"
import { intentSubmit } from "../control-plane/intent-and-plan.ts"
import { text } from "../primitives.ts"
import { defineCommand, DefinitionError, defineQuery, type CommandDefinition } from "./define.ts"
import { jsonSchemaOf } from "../schema/schema.ts"
import { fieldsOutside } from "./preview.ts"

const input = z.strictObject({
  payment: text(40),
  to: z.strictObject({ bank: text(40), account: text(40) }).optional(),
  notes: z.array(z.strictObject({ text: text(40) })).optional(),
})
const refund: CommandDefinition<z.output<typeof input>, unknown> = {
  name: "payments.refund",
  version: "1.0.0",
  effect: "natural",
  capability: "payments.write",
  meta: {
    title: "Refund a payment",
    goal: "The customer has the money back, once.",
    context: "For captured payments; never to another account.",
    owners: ["payments"],
    tags: ["payments"],
    stability: "beta",
  },
  input,
  output: z.strictObject({}),
  examples: [{ title: "a refund", input: { payment: "pay_81" } }],
}
const [payment, to, notes] = [
  { label: "Payment", at: "/payment" },
  { label: "To", at: "/to" },
  { label: "Notes", at: "/notes" },
]
const reason = "an internal remark that changes nothing outside"
const problemsOf = (more: Partial<CommandDefinition<z.output<typeof input>, unknown>>): readonly string[] => {
  try {
    defineCommand({ ...refund, ...more })
    return []
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems
    throw error
  }
}
const outside = (schema: z.ZodType, ...places: readonly string[]) =>
  fieldsOutside(jsonSchemaOf(schema, "input"), places)

describe("what an approver reads", () => {
  test("is every field where the contract states no preview, of commands and queries", () => {
    const lines = [
      { label: "payment", at: "/payment" },
      { label: "to", at: "/to" },
      { label: "notes", at: "/notes" },
    ]
    expect(defineCommand(refund).preview).toEqual(lines)
    const { effect: _effect, ...query } = refund
    expect(defineQuery(query).preview).toEqual(lines)
    expect(defineCommand({ ...refund, path: "control" }).preview).toEqual([])
  })

  test("is the whole input where it has more fields than a preview has lines", () => {
    const wide = z.strictObject(
      Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`f${n}`, text(9).optional()])),
    )
    expect(defineCommand({ ...refund, input: wide as never }).preview).toEqual([{ label: "input", at: "" }])
  })

  test("a field that is in no line and not declared as not shown fails the definition", () => {
    expect(problemsOf({ preview: [payment, notes] })).toEqual([
      "input/to/account is in no line of its preview, and notShown does not say why",
      "input/to/bank is in no line of its preview, and notShown does not say why",
    ])
    expect(problemsOf({ preview: [] })).toHaveLength(4)
    expect(problemsOf({ preview: [payment, to] })).toEqual([
      "input/notes is in no line of its preview, and notShown does not say why",
    ])
    expect(problemsOf({ preview: [payment, to, notes] })).toEqual([])
    expect(problemsOf({ preview: [payment, notes, { label: "Bank", at: "/to/bank" }] })).toHaveLength(1)
  })

  test("a field may be left out with a reason, and the contract's document says so", () => {
    const notShown = [{ at: "/notes", reason }]
    expect(problemsOf({ preview: [payment, to], notShown })).toEqual([])
    expect(defineCommand({ ...refund, preview: [payment, to], notShown }).document).toMatchObject({
      notShown,
    })
    expect(problemsOf({ preview: [payment, to], notShown: [{ at: "/notes", reason: "because" }] })).toEqual([
      "input/notes is not shown without a reason of at least 10 characters",
    ])
    expect(problemsOf({ preview: [payment, to, notes], notShown })).toEqual([
      "input/notes is shown and declared as not shown",
    ])
  })

  test("what cannot be held needs no preview", () => {
    expect(problemsOf({ path: "control", preview: [] })).toEqual([])
  })
})

describe("which fields lines leave out", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["a line above covers what is below it", outside(input, "/payment", "/to", "/notes"), []],
    ["the whole input covers everything", outside(input, ""), []],
    [
      "each variant of a union is looked at",
      outside(z.union([z.strictObject({ a: text(9) }), z.strictObject({ b: text(9) })]), "/a"),
      ["/b"],
    ],
    ["a map has no fields to name", outside(z.record(z.string(), text(9))), [""]],
    ["an open object has fields that no line names", outside(z.looseObject({ a: text(9) }), "/a"), [""]],
    ["a field that may be null is a field", outside(z.strictObject({ a: text(9).nullable() })), ["/a"]],
    ["names are spelled as pointers spell them", outside(z.strictObject({ "a/b": text(9) }), "/a~1b"), []],
    ["an input without fields has none to show", outside(z.strictObject({})), []],
  ])("%s", (_says, found, expected) => {
    expect(found).toEqual(expected)
  })

  test("a field that holds itself is shown whole or not at all", () => {
    const Tree = z.strictObject({
      name: text(9),
      get kids() {
        return z.array(Tree).optional()
      },
    })
    expect(outside(z.strictObject({ tree: Tree }), "/tree/name")).toEqual(["/tree/kids"])
    expect(outside(z.strictObject({ tree: Tree }), "/tree")).toEqual([])
  })
})

describe("the control plane's own contracts", () => {
  test("say what takes effect when an optional field that they show is left out", () => {
    const silent = controlPlaneContracts.flatMap((contract) => {
      // An intent is not a step itself: what it asks for is.
      if (contract.kind !== "command" || contract.path !== "gate" || contract === intentSubmit) return []
      const required = contract.inputSchema["required"]
      return contract.preview
        .filter(({ at, absent }) => {
          const [, first] = at.split("/")
          return absent === undefined && !(Array.isArray(required) && required.includes(first ?? ""))
        })
        .map(({ at }) => `${contract.ref} ${at}`)
    })
    // Exactly one of the two is given, which a check of the contract says.
    expect(silent).toEqual(["controlPlane.grant.give@1 /capability", "controlPlane.grant.give@1 /role"])
  })
})
