import { describe, expect, test } from "vitest"
import { shapeAccepts } from "./accepts-value.ts"
import { isMultiple, numbersFit } from "./number-set.ts"
import type { NumberShape } from "./shape.ts"
import { typeOf } from "./schema-type.ts"

function numbers(keywords: { readonly [keyword: string]: number }, type = "number"): NumberShape {
  const [variant] = typeOf({ type, ...keywords }).variants
  if (variant?.shape.kind !== "number") throw new Error("a schema of numbers was written")
  return variant.shape
}
const integers = (keywords: { readonly [keyword: string]: number } = {}): NumberShape =>
  numbers(keywords, "integer")

describe("all numbers of one shape are numbers of another", () => {
  test.each<[string, NumberShape, NumberShape, boolean, boolean]>([
    ["a finer decimal step", numbers({ multipleOf: 0.1 }), numbers({ multipleOf: 0.01 }), true, false],
    ["tenths and thirds of them", numbers({ multipleOf: 0.3 }), numbers({ multipleOf: 0.1 }), true, false],
    ["steps in powers of ten", numbers({ multipleOf: 1e21 }), numbers({ multipleOf: 1e-7 }), true, false],
    ["two steps without a common one", numbers({ multipleOf: 4 }), numbers({ multipleOf: 6 }), false, false],
    ["integers and halves", integers(), numbers({ multipleOf: 0.5 }), true, false],
    ["integers and what divides them", integers({ multipleOf: 0.5 }), integers(), true, true],
    [
      "a bound between two steps",
      integers({ multipleOf: 5, minimum: 1 }),
      integers({ multipleOf: 5, minimum: 5 }),
      true,
      true,
    ],
    [
      "an open bound on a step",
      numbers({ multipleOf: 0.5, exclusiveMaximum: 2 }),
      numbers({ multipleOf: 0.5, maximum: 1.5 }),
      true,
      true,
    ],
    [
      "one number with another step",
      numbers({ multipleOf: 5, minimum: 1, maximum: 9 }),
      numbers({ multipleOf: 1, minimum: 0 }),
      true,
      false,
    ],
    ["no number at all", numbers({ minimum: 2, maximum: 1 }), integers({ multipleOf: 7 }), true, false],
    [
      "bounds below zero",
      numbers({ multipleOf: 2, minimum: -3 }),
      numbers({ multipleOf: 2, minimum: -2 }),
      true,
      true,
    ],
  ])("%s", (_says, a, b, into, back) => {
    expect([numbersFit(a, b), numbersFit(b, a)]).toEqual([into, back])
  })

  test("never says so of a number that the other refuses, for every small pair", () => {
    const steps = [undefined, 0.1, 0.2, 0.3, 0.5, 1, 2, 3]
    const bounds = [-1, -0.5, 0, 0.3, 1]
    const shapes = steps.flatMap((multipleOf) =>
      bounds.flatMap((minimum) =>
        [numbers, integers].map((of) =>
          of({ ...(multipleOf === undefined ? {} : { multipleOf }), minimum, maximum: minimum + 1.5 }),
        ),
      ),
    )
    const values = Array.from({ length: 50 }, (_, tenth) => (tenth - 20) / 10)
    const wrong = shapes.flatMap((a) =>
      shapes.filter(
        (b) => numbersFit(a, b) && values.some((value) => shapeAccepts(a, value) && !shapeAccepts(b, value)),
      ),
    )
    expect(wrong).toEqual([])
  })
})

test("a decimal is a multiple of the step that it is written in", () => {
  expect([0.3, 0.7, 1.1, 2.03, -0.3, 0].map((value) => isMultiple(value, 0.01))).not.toContain(false)
  expect([0.35, 0.05, 1e-9].map((value) => isMultiple(value, 0.1))).not.toContain(true)
  expect(shapeAccepts(numbers({ multipleOf: 0.1 }), 0.3)).toBe(true)
})
