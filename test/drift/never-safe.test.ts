// Schemas drawn at random: a change that refuses a value that was accepted is never called safe, and a change of the text alone is not a finding.
// A failure names a seed; the same seed draws the same pair and the same value.

import { jsonSchemaOf, type Json } from "@counterfoil/contracts"
import { compareValues, rules, type Part } from "@counterfoil/contracts/drift"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { drawOf } from "./pairs/draw.ts"
import { drawValue } from "./pairs/draw-value.ts"
import { mutate } from "./pairs/mutate.ts"
import { rewrite } from "./pairs/rewrite.ts"
import { drawTree, schemaOf, type Flow, type Tree } from "./pairs/shape-tree.ts"

z.config({ jitless: true }) // each schema parses a handful of values, and compiling a parser costs more than that

const pairs = 10_000
const lookAlikes = 2_000
const triesMax = 24

interface Side {
  readonly tree: Tree
  readonly schema: z.ZodType
}

const accepts = (schema: z.ZodType, value: Json): boolean => schema.safeParse(value).success

/** A value that the one accepts and the other refuses, when some tries find one. */
function witness(seed: number, giver: Side, taker: z.ZodType): Json | undefined {
  const draw = drawOf(seed)
  for (let attempt = 0; attempt < triesMax; attempt++) {
    const value = drawValue(giver.tree, draw)
    if (!accepts(taker, value) && accepts(giver.schema, value)) return value
  }
  return undefined
}

function verdicts(part: Part, before: z.ZodType, after: z.ZodType): ReadonlySet<string> {
  const io = part === "input" ? "input" : "output"
  const { changes, unread } = compareValues(part, jsonSchemaOf(before, io), jsonSchemaOf(after, io))
  const classes = changes.map(({ rule, form }) => {
    const known: Readonly<Record<string, string>> = rules[rule].classes
    return known[form] ?? "breaking"
  })
  return new Set([...classes, ...(unread.length > 0 ? ["not checked"] : [])])
}

const pairOf = (seed: number): readonly [Tree, Tree] => {
  const draw = drawOf(seed)
  const before = drawTree(draw, draw.once(4) ? 3 : 2)
  const changes = 1 + draw.int(2)
  return [before, Array.from({ length: changes }).reduce<Tree>((tree) => mutate(tree, draw), before)]
}

const side = (tree: Tree, flow: Flow): Side => ({ tree, schema: schemaOf(tree, flow) })
const input: Flow = { io: "input", overlooks: false }
const output: Flow = { io: "output", overlooks: false }

describe("a breaking change is never called safe", () => {
  test(`of ${pairs} pairs of inputs, each with a value that the old one accepts and the new one refuses, none`, () => {
    const wrong: string[] = []
    let found = 0
    for (let seed = 1; found < pairs; seed++) {
      const [before, after] = pairOf(seed).map((tree) => side(tree, input))
      if (before === undefined || after === undefined) continue
      const value = witness(seed, before, after.schema)
      if (value === undefined) continue
      found++
      const classes = verdicts("input", before.schema, after.schema)
      if (!classes.has("breaking") && !classes.has("not checked"))
        wrong.push(`seed ${seed}: ${JSON.stringify(value)} is refused, and found is ${[...classes].join()}`)
    }
    expect(wrong).toEqual([])
  }, 120_000)

  test(`of ${pairs} pairs of outputs, each with a value that is answered now and that readers of the old one do not understand, none`, () => {
    const wrong: string[] = []
    let found = 0
    for (let seed = 1; found < pairs; seed++) {
      const [old, now] = pairOf(seed)
      const after = side(now, output)
      const value = witness(seed, after, schemaOf(old, { ...output, overlooks: true }))
      if (value === undefined) continue
      found++
      const classes = verdicts("output", schemaOf(old, output), after.schema)
      if (!["breaking", "risky", "not checked"].some((grave) => classes.has(grave)))
        wrong.push(
          `seed ${seed}: ${JSON.stringify(value)} is not understood, and found is ${[...classes].join()}`,
        )
    }
    expect(wrong).toEqual([])
  }, 120_000)
})

describe("what is only written differently", () => {
  test(`is not a finding, in ${lookAlikes} schemas and both directions`, () => {
    const wrong: string[] = []
    for (let seed = 1; seed <= lookAlikes; seed++) {
      const draw = drawOf(seed)
      const tree = drawTree(draw, 3)
      const other = rewrite(tree, draw)
      for (const [part, flow] of [
        ["input", input],
        ["output", output],
      ] as const) {
        const classes = verdicts(part, schemaOf(tree, flow), schemaOf(other, flow))
        if (classes.size > 0)
          wrong.push(
            `seed ${seed}: ${part} ${JSON.stringify(tree)} as ${JSON.stringify(other)}: ${[...classes].join()}`,
          )
      }
    }
    expect(wrong).toEqual([])
  }, 120_000)
})
