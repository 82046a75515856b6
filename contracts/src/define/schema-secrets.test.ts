import { describe, expect, test } from "vitest"
import { z } from "zod"
import { mark } from "../schema/schema.ts"
import { schemaSecrets } from "./schema-secrets.ts"

const odd = z.string().refine((a) => a !== "x")
const short = z.strictObject({ a: odd })

describe("a contract's schema hides nothing from its JSON Schema", () => {
  test.each([
    ["a refinement", z.strictObject({ a: z.string().refine((a) => a !== "x") }), "/a"],
    ["a transform", z.strictObject({ a: z.string().transform(Number) }), "/a"],
    ["an open object", z.object({ a: z.string() }), ": the object is open"],
    ["a date", z.strictObject({ a: z.array(z.date()) }), "date is not JSON"],
    ["a format that only zod knows", z.strictObject({ a: z.string().startsWith("urn:") }), "starts_with"],
    // Its schema would say another pattern, and no comparison of contracts could see the flag change.
    [
      "a pattern with flags",
      z.strictObject({ a: z.string().regex(/^[a-z]+$/i) }),
      "/a: the flags of a pattern",
    ],
    ["a format with flags", z.strictObject({ a: z.email({ pattern: /^a@/i }) }), "/a: the flags"],
    [
      "a format made of code",
      z.strictObject({ a: z.stringFormat("short", (a) => a.length < 3) }),
      "the code",
    ],
    ["the host that a URL must have", z.strictObject({ a: z.url({ hostname: /^a$/ }) }), "/a: the hostname"],
    ["the protocol that a URL must have", z.strictObject({ a: z.httpUrl() }), "/a: the protocol"],
    ["the algorithm of a token", z.strictObject({ a: z.jwt({ alg: "HS256" }) }), "/a: the alg"],
    ["a coercion", z.strictObject({ a: z.coerce.number() }), "/a: a coercion"],
    ["a value instead of a refusal", z.strictObject({ a: z.string().catch("x") }), "/a: catch"],
    [
      "a check of a property",
      z.strictObject({ a: z.string() }).check(z.property("a", z.string().min(3))),
      "property",
    ],
    [
      "metadata that contradicts",
      z.strictObject({ a: z.string().min(3).meta({ minLength: 1 }) }),
      "minLength",
    ],
    ["a refinement in an intersection", z.intersection(short, z.strictObject({})), "/left/a: a custom check"],
    ["a refinement of further fields", z.object({}).catchall(odd), "/catchall: a custom check"],
    ["a refinement of further elements", z.tuple([z.string()]).rest(odd), "/rest: a custom check"],
    ["a refinement behind a function", z.lazy(() => odd), "/: a custom check"],
    ["a refinement in a template", z.templateLiteral(["a", odd]), "/1: a custom check"],
    ["a field that the reader of inputs refuses", z.strictObject({ constructor: z.string() }), "constructor"],
    [
      "a place that has a slash",
      z.strictObject({ "a/b": z.strictObject({ "~": odd }) }),
      "/a~1b/~0: a custom",
    ],
  ])("%s is found, with its place", (_name, schema, says) => {
    expect(schemaSecrets(schema).join()).toContain(says)
  })

  test("what JSON Schema can say is not found", () => {
    const schema = z.strictObject({
      id: z.uuid(),
      name: z.string().regex(/^\p{L}+$/u),
      a: mark(z.string().regex(/^a/).max(3), ["policy"]),
      b: z.union([z.int().min(1), z.null()]).optional(),
      link: z.url(),
      mail: z.email(),
      at: z.iso.datetime({ offset: true }),
      address: z.ipv4(),
      both: z.intersection(z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })),
      template: z.templateLiteral(["a-", z.int()]),
      further: z.object({}).catchall(z.json()),
      c: z.record(z.string(), z.array(z.enum(["x", "y"]))),
    })
    expect(schemaSecrets(schema)).toEqual([])
  })
})
