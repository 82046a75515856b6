// What a command may say of the outside state that it acts on, and what a registry refuses of it.

import { describe, expect, test } from "vitest"
import { z } from "zod"
import { defineCapability, defineCommand, defineQuery, type CommandDefinition } from "./define.ts"
import { contractOfDocument } from "./from-document.ts"
import { makeRegistry } from "./registry.ts"
import { jsonSchemaOf, mark, readByRules } from "../schema/schema.ts"

const meta: CommandDefinition<unknown, unknown>["meta"] & { readonly deprecation?: never } = {
  title: "Move a boat",
  goal: "The boat is at another place of the same harbour.",
  context: "When a boat has to leave its place. Not for boats without an owner.",
  owners: ["harbour"],
  tags: ["boats"],
  stability: "beta",
}
type Move = {
  readonly boat: string
  readonly note?: string | undefined
  readonly seen?: { readonly place: string } | undefined
}
const move: CommandDefinition<Move, { readonly done: boolean }> = {
  name: "harbour.boat.move",
  version: "1.0.0",
  meta,
  effect: "natural",
  capability: "harbour.work",
  input: z.strictObject({
    boat: z.string(),
    note: z.string().optional(),
    seen: z.strictObject({ place: z.string() }).optional(),
  }),
  output: z.strictObject({ done: z.boolean() }),
  observes: {
    contract: "harbour.boat.look@1",
    input: { boat: { $from: "input", at: "/boat" } },
    at: "/seen",
  },
  examples: [{ title: "a boat", input: { boat: "ada" } }],
}
const look = (capability = "harbour.work") =>
  defineQuery({
    name: "harbour.boat.look",
    version: "1.0.0",
    meta,
    capability,
    input: z.strictObject({ boat: z.string() }),
    output: z.strictObject({ place: z.string() }),
    examples: [{ title: "a boat", input: { boat: "ada" } }],
  })
const { observes: declared, ...blind } = move
if (declared === undefined) throw new Error("it observes")
const withObserves = (change: Partial<typeof declared>) => () =>
  defineCommand({ ...move, observes: { ...declared, ...change } })

describe("a command that acts on outside state", () => {
  test("says so in its document and its digest, and is read back from the document", () => {
    const command = defineCommand(move)
    expect(command.document["observes"]).toEqual(declared)
    expect(command.digest).not.toBe(defineCommand(blind).digest)
    const back = contractOfDocument(command.document)?.contract
    expect(back).toMatchObject({ observes: declared, pin: command.pin })
  })

  test("a command that says nothing of it has the document and the digest that it always had", () => {
    const command = defineCommand(blind)
    expect(Object.keys(command.document)).not.toContain("observes")
    expect(contractOfDocument(command.document)?.contract).toMatchObject({ observes: null, pin: command.pin })
  })

  test("cannot be defined with a field that is not there, that callers have to fill, or that what is read depends on", () => {
    expect(withObserves({ at: "/place" })).toThrow("/place is not a field of its input")
    expect(withObserves({ at: "/seen/place" })).toThrow("/seen/place is not a field of its input")
    expect(withObserves({ at: "/boat" })).toThrow("/boat has to be optional")
    expect(withObserves({ contract: "harbour.boat.look" })).toThrow("names a query by name@major")
    for (const from of [
      { $from: "output", at: "/done" },
      { $from: "input", at: "/seen/place" },
    ])
      expect(withObserves({ input: { boat: from } })).toThrow("the rest of its own input alone")
    expect(() => defineCommand({ ...move, path: "gate" })).toThrow("only a step of a plan")
  })

  test("is registered only beside a query that its holders may ask in a plan", () => {
    const capabilities = ["harbour.work", "harbour.look"].map((name) =>
      defineCapability({ name, requires: [], meta }),
    )
    const registered = (...queries: Parameters<typeof makeRegistry>[0]) =>
      makeRegistry([defineCommand(move), ...queries], capabilities)
    expect(registered(look()).contracts).toHaveLength(2)
    expect(() => registered()).toThrow("observes harbour.boat.look@1, which is not a query")
    expect(() => registered(look("harbour.look"))).toThrow(
      "observes harbour.boat.look@1, which is not a query",
    )
  })
})

test("rules are found to read a part of a schema at any depth, and behind a reference", () => {
  const seen = z.strictObject({ list: z.array(mark(z.string(), ["policy"])) })
  expect(readByRules(jsonSchemaOf(seen, "input"))).toBe(true)
  expect(readByRules({ properties: { a: { $ref: "#/$defs/a" } } })).toBe(true)
  expect(readByRules({ properties: { a: { type: "string", "x-marks": ["target"] } } })).toBe(false)
})
