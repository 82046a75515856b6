// The parser of a schema that came as a document: zod's, with every pattern tested within bounds.
// Owns: putting the bounded test in the place of the native one. Does not own: the test (shape/pattern.ts), the schema.
// A document is *untrusted*: natively, one pattern of it could keep this process busy for as long as its author likes.

import { z } from "zod"
import { isList } from "../plan/reference.ts"
import type { Json } from "../json/json.ts"
import { boundedPattern, type StepBudget } from "../shape/pattern.ts"
import { isEndless, limitSteps } from "../shape/schema-type.ts"
import type { JsonSchema } from "../schema/schema.ts"
import { schemaNodes } from "./schema-secrets.ts"

/**
 * Thrown while parsing with a schema of a document when a pattern cannot be tested within its bounds: it is then not known
 * whether the value is right. Only readers of foreign documents meet it (replay).
 */
export class PatternUndecided extends Error {
  override readonly name = "PatternUndecided"
}

/** Steps that all patterns of the documents of one bundle may take together: some ten seconds. */
export const documentStepsMax = 200_000_000

/**
 * The parser of a schema. Its patterns, and their tests by the planner, share `steps`. Throws when zod cannot read the
 * schema, or when it cannot be bounded. Its `parse` throws `PatternUndecided`.
 */
export function schemaOfDocument(schema: JsonSchema, steps: StepBudget): z.ZodType {
  if (hidesPatterns(schema)) throw new TypeError("patternProperties of a closed object cannot be bounded")
  limitSteps(schema, steps)
  if (isEndless(schema)) throw new TypeError("the schema unfolds into too many variants")
  const made = z.fromJSONSchema(schema)
  for (const node of schemaNodes(made))
    for (const check of node._zod.def.checks ?? []) {
      const { def } = check._zod
      if ("pattern" in def && def.pattern instanceof RegExp && "format" in def && def.format === "regex")
        def.pattern = new BoundedRegExp(def.pattern.source, steps)
    }
  return made
}

/** An expression whose test is bounded. zod asks nothing of a pattern but its test. */
class BoundedRegExp extends RegExp {
  readonly #test: (text: string) => boolean

  constructor(source: string, steps: StepBudget) {
    super(source)
    const pattern = boundedPattern(source)
    this.#test = (text) => {
      const answer = pattern.test(text, steps)
      if (answer === "undecided") throw new PatternUndecided("a pattern cannot be tested within bounds")
      return answer === "matches"
    }
  }

  override test(text: string): boolean {
    return this.#test(text)
  }
}

// zod tests the names of such an object inside a closure, where no pattern can be replaced. It never writes one itself.
function hidesPatterns(node: Json): boolean {
  if (typeof node !== "object" || node === null) return false
  if (isList(node)) return node.some(hidesPatterns)
  const hides = "patternProperties" in node && node["additionalProperties"] === false
  return hides || Object.values(node).some(hidesPatterns)
}
