// References over generated schemas: what the compiler lets flow, the contract's own parser never refuses for its type.
// Crosses contracts (zod, JSON Schema) and planner, so it is here.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import {
  CapabilityName,
  ContractRef,
  SemVer,
  Time,
  canonicalBytes,
  jsonSchemaOf,
  mark,
  parseJson,
  text as plainText,
  type Duration,
  type Json,
  type PlanDraft,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { compilePlan, type PlannerCallable, type PlannerContracts } from "@counterfoil/planner"

const capability = CapabilityName.parse("work.write")
function callable(ref: string, input: z.ZodType, output: z.ZodType): PlannerCallable {
  return {
    name: ref.split("@")[0] ?? "",
    ref: ContractRef.parse(ref),
    version: SemVer.parse("1.0.0"),
    digest: digestOf("counterfoil.test.v1", canonicalBytes(ref)),
    meta: {},
    kind: "command",
    inputSchema: jsonSchemaOf(input, "input"),
    outputSchema: jsonSchemaOf(output, "output"),
    capability,
    resource: null,
    path: "step",
    effect: "natural",
    irreversible: false,
    floor: null,
    undo: null,
    observes: null,
    limits: { deadline: "PT30S" as Duration, attempts: 3 },
  }
}

const nothing = z.strictObject({})
function contractsOf(producer: z.ZodType, consumer: z.ZodType): PlannerContracts {
  const contracts = [
    callable("a.make@1", nothing, z.strictObject({ value: producer })),
    callable("a.take@1", z.strictObject({ value: consumer }), nothing),
  ]
  return { contracts, find: (ref) => contracts.find((contract) => contract.ref === ref), majorsOf: () => [] }
}

const compiled = (producer: z.ZodType, consumer: z.ZodType, value: Json) =>
  compilePlan({
    draft: {
      format: "counterfoil.draft/1",
      steps: [
        { key: "make", contract: "a.make@1" },
        { key: "take", contract: "a.take@1", input: { value } },
      ],
    } satisfies PlanDraft,
    origin: "draft",
    intent: null,
    contracts: contractsOf(producer, consumer),
    held: [capability],
    asOf: Time.parse("2026-11-21T12:00:00.000Z"),
  })

/** Whether a reference from a value of one type to a field of another compiles, or the code that refuses it. */
function into(producer: z.ZodType, consumer: z.ZodType): string {
  const answer = compiled(producer, consumer, { $from: "make", at: "/value" })
  return answer.ok ? "fits" : answer.error.map(({ code }) => code).join()
}

function plain(value: unknown): Json {
  const parsed = parseJson(new TextEncoder().encode(JSON.stringify(value)))
  return parsed.ok ? parsed.value : null
}

const tree = z.strictObject({
  name: z.string(),
  get kids() {
    return z.array(tree)
  },
})
const shape = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dot") }),
  z.strictObject({ kind: z.literal("line"), to: z.int() }),
])
const rows: readonly (readonly [string, z.ZodType, z.ZodType, string])[] = [
  ["an enum into a wider enum", z.enum(["a", "b"]), z.enum(["a", "b", "c"]), "fits"],
  ["an enum into a narrower enum", z.enum(["a", "b"]), z.enum(["a"]), "REF_TYPE"],
  ["a literal into a text whose pattern it matches", z.literal("ab"), z.string().regex(/^a/), "fits"],
  ["text into text", z.string(), z.string(), "fits"],
  ["text into an enum", z.string(), z.enum(["a"]), "REF_TYPE"],
  ["short text into longer text", z.string().max(5), z.string().max(9), "fits"],
  ["unbounded text into bounded text", z.string(), z.string().max(9), "REF_TYPE"],
  ["text that may be empty into text that may not", z.string().max(3), z.string().min(1), "REF_TYPE"],
  ["one format into the same", z.email(), z.email(), "fits"],
  ["text into a format", z.string(), z.email(), "REF_TYPE"],
  ["one pattern into another", z.string().regex(/^a/), z.string().regex(/^[ab]/), "REF_UNDECIDABLE"],
  ["two patterns into one of them", z.string().regex(/^a/).regex(/b$/), z.string().regex(/b$/), "fits"],
  ["an integer into a number", z.int(), z.number(), "fits"],
  ["a number into an integer", z.number(), z.int(), "REF_TYPE"],
  ["a small range into a larger", z.int().min(2).max(3), z.int().gt(1).lt(4), "fits"],
  ["a large range into a smaller", z.int(), z.int().min(0), "REF_TYPE"],
  ["multiples of four into multiples of two", z.int().multipleOf(4), z.int().multipleOf(2), "fits"],
  ["multiples of two into multiples of four", z.int().multipleOf(2), z.int().multipleOf(4), "REF_TYPE"],
  ["a boolean into true or false", z.boolean(), z.boolean(), "fits"],
  ["null into nullable text", z.null(), z.string().nullable(), "fits"],
  ["nullable text into text", z.string().nullable(), z.string(), "REF_TYPE"],
  ["a list into a list of wider elements", z.array(z.int()), z.array(z.number()), "fits"],
  ["a list into a list with fewer elements", z.array(z.int()), z.array(z.int()).max(4), "REF_TYPE"],
  ["a pair into a list", z.tuple([z.int(), z.int()]), z.array(z.int()).min(1).max(2), "fits"],
  ["a list into a pair", z.array(z.int()), z.tuple([z.int(), z.int()]), "REF_TYPE"],
  ["an object into the same object", z.strictObject({ a: z.int() }), z.strictObject({ a: z.int() }), "fits"],
  [
    "an object into one with an optional field more",
    z.strictObject({ a: z.int() }),
    z.strictObject({ a: z.int(), b: z.string().optional() }),
    "fits",
  ],
  [
    "an object into a closed one with a field less",
    z.strictObject({ a: z.int(), b: z.int() }),
    z.strictObject({ a: z.int() }),
    "REF_TYPE",
  ],
  [
    "an optional field into a required one",
    z.strictObject({ a: z.int().optional() }),
    z.strictObject({ a: z.int() }),
    "REF_OPTIONAL",
  ],
  ["an object into a record", z.strictObject({ a: z.int() }), z.record(z.string(), z.int()), "fits"],
  ["a record into an object", z.record(z.string(), z.int()), z.strictObject({}), "REF_TYPE"],
  [
    "a union into a wider union",
    z.union([z.string(), z.int()]),
    z.union([z.int(), z.string(), z.null()]),
    "fits",
  ],
  ["a variant into its union", z.strictObject({ kind: z.literal("line"), to: z.int() }), shape, "fits"],
  ["a union into one of its variants", shape, z.strictObject({ kind: z.literal("dot") }), "REF_TYPE"],
  ["a tree into itself", tree, tree, "fits"],
  ["anything that is JSON into JSON", tree, z.json(), "fits"],
  ["JSON into text", z.json(), z.string(), "REF_TYPE"],
  ["one unit into the same", mark(z.int(), [], "minor EUR"), mark(z.int(), [], "minor EUR"), "fits"],
  ["one unit into another", mark(z.int(), [], "minor USD"), mark(z.int(), [], "minor EUR"), "REF_UNIT"],
  ["a unit into a field without", mark(z.int(), [], "s"), z.int(), "REF_UNIT"],
  ["a personal value into a field for such", mark(z.string(), ["pii"]), mark(z.string(), ["pii"]), "fits"],
  ["a personal value into a plain field", mark(z.string(), ["pii"]), z.string(), "REF_SENSITIVE"],
  [
    "an object with a personal field into JSON",
    z.strictObject({ a: mark(z.string(), ["pii"]) }),
    z.json(),
    "REF_SENSITIVE",
  ],
  ["bounded text of ours into the same", plainText(9), plainText(20), "fits"],
]

describe("a value flows into a field", () => {
  test.each(rows)("%s: %s into %s is %s", (_title, producer, consumer, answer) => {
    expect(into(producer, consumer)).toBe(answer)
  })
})

/** A schema with an arbitrary of its values. */
interface Typed {
  readonly schema: z.ZodType
  readonly values: fc.Arbitrary<Json>
}

const range = fc
  .tuple(fc.integer({ min: -3, max: 6 }), fc.nat(6))
  .map(([low, width]) => ({ low, high: low + width }))
const leaf: fc.Arbitrary<Typed> = fc.oneof(
  fc.constant<Typed>({ schema: z.string(), values: fc.string() }),
  fc.tuple(fc.nat(2), fc.nat(3)).map(([min, more]): Typed => ({
    schema: z
      .string()
      .min(min)
      .max(min + more),
    values: fc.string({ minLength: min, maxLength: min + more, unit: "grapheme-ascii" }),
  })),
  range.map(({ low, high }): Typed => ({
    schema: z.int().min(low).max(high),
    values: fc.integer({ min: low, max: high }),
  })),
  range.map(({ low, high }): Typed => ({
    schema: z
      .number()
      .gt(low - 1)
      .lt(high + 1),
    values: fc.double({ min: low, max: high, noNaN: true }),
  })),
  fc.integer({ min: 1, max: 4 }).map((by): Typed => ({
    schema: z.int().multipleOf(by),
    values: fc.integer({ min: -20, max: 20 }).map((n) => n * by),
  })),
  fc.constant<Typed>({ schema: z.boolean(), values: fc.boolean() }),
  fc
    .subarray(["a", "b", "c"], { minLength: 1 })
    .map((members): Typed => ({ schema: z.enum(members), values: fc.constantFrom(...members) })),
  fc.constantFrom<Typed>(
    { schema: z.null(), values: fc.constant(null) },
    { schema: z.literal(3), values: fc.constant(3) },
    { schema: z.string().regex(/^a/), values: fc.string().map((tail) => `a${tail}`) },
  ),
)
const { typed } = fc.letrec<{ typed: Typed }>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 2 },
    leaf,
    tie("typed").map(({ schema, values }): Typed => ({
      schema: schema.nullable(),
      values: fc.option(values),
    })),
    fc.tuple(tie("typed"), fc.nat(2), fc.nat(2)).map(([item, min, more]): Typed => ({
      schema: z
        .array(item.schema)
        .min(min)
        .max(min + more),
      values: fc.array(item.values, { minLength: min, maxLength: min + more }),
    })),
    fc
      .tuple(tie("typed"), tie("typed"), fc.constantFrom("required", "optional", "absent"))
      .map(([a, b, how]): Typed =>
        how === "absent"
          ? { schema: z.strictObject({ a: a.schema }), values: fc.record({ a: a.values }) }
          : how === "optional"
            ? {
                schema: z.strictObject({ a: a.schema, b: b.schema.optional() }),
                values: fc.record({ a: a.values, b: b.values }, { requiredKeys: ["a"] }),
              }
            : {
                schema: z.strictObject({ a: a.schema, b: b.schema }),
                values: fc.record({ a: a.values, b: b.values }),
              },
      ),
    tie("typed").map(({ schema, values }): Typed => ({
      schema: z.record(z.string(), schema),
      values: fc.dictionary(fc.constantFrom("a", "b", "c"), values),
    })),
    fc.tuple(tie("typed"), tie("typed")).map(([a, b]): Typed => ({
      schema: z.union([a.schema, b.schema]),
      values: fc.oneof(a.values, b.values),
    })),
  ),
}))

/** Two types of which the second often is wider than the first, at the top or inside. */
const pair: fc.Arbitrary<readonly [Typed, z.ZodType]> = fc
  .tuple(fc.oneof(leaf, typed), fc.oneof(leaf, typed), fc.nat(6))
  .map(([producer, { schema }, how]) => {
    const one: readonly [Typed, z.ZodType] = [
      producer,
      how < 3 ? schema : how < 5 ? z.union([schema, producer.schema]) : producer.schema.nullable(),
    ]
    if (how % 2 === 0) return one
    const list: Typed = {
      schema: z.array(one[0].schema).max(2),
      values: fc.array(one[0].values, { maxLength: 2 }),
    }
    return how % 3 === 0
      ? [list, z.array(one[1]).max(3)]
      : [
          {
            schema: z.strictObject({ a: one[0].schema, b: list.schema.optional() }),
            values: fc.record({ a: one[0].values, b: list.values }, { requiredKeys: ["a"] }),
          },
          z.strictObject({ a: one[1], b: z.array(one[1]).optional(), c: z.int().optional() }),
        ]
  })

describe("the types are sound", () => {
  test("every value of a producer that fits is parsed by the consumer", () => {
    let accepted = 0
    fc.assert(
      fc.property(pair, ([producer, consumer]) => {
        if (into(producer.schema, consumer) !== "fits") return
        accepted += 1
        for (const value of fc.sample(producer.values, { numRuns: 10, seed: accepted })) {
          const json = plain(value)
          expect(producer.schema.safeParse(json).success).toBe(true)
          expect(consumer.safeParse(json).success).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  test("every type fits itself", () => {
    fc.assert(
      fc.property(typed, ({ schema }) => into(schema, schema) === "fits"),
      { numRuns: 500 },
    )
  })

  test("a literal is accepted exactly when the contract's parser accepts it", () => {
    fc.assert(
      fc.property(typed, typed, (one, other) => {
        for (const value of fc.sample(other.values, { numRuns: 3, seed: 1 })) {
          const json = plain(value)
          expect(compiled(z.null(), one.schema, json).ok).toBe(one.schema.safeParse(json).success)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
