import { describe, expect, test } from "vitest"
import { assertNever, err, invariant, InvariantBroken, ok, type Result } from "./result.ts"

const half = (n: number): Result<number, "odd"> => (n % 2 === 0 ? ok(n / 2) : err("odd"))

const thrownBy = (act: () => void): unknown => {
  try {
    act()
  } catch (thrown) {
    return thrown
  }
  return undefined
}

describe("an answer is a value", () => {
  test("a good answer carries its value and a bad one its error", () => {
    expect(half(4)).toEqual({ ok: true, value: 2 })
    expect(half(3)).toEqual({ ok: false, error: "odd" })
  })
})

describe("a bug of ours throws", () => {
  test("INV-07 a fact that holds passes, one that does not names its invariant and what was seen", () => {
    expect(() => invariant(true, "INV-07", { seq: 2 })).not.toThrow()
    const thrown = thrownBy(() => invariant(1 + 1 === 3, "INV-07", { seq: 2, head: 4 }))
    expect(thrown).toBeInstanceOf(InvariantBroken)
    expect(thrown).toMatchObject({ invariant: "INV-07", facts: { seq: 2, head: 4 } })
    expect(String(thrown)).toBe('InvariantBroken: INV-07 would not hold: {"seq":2,"head":4}')
  })

  test("a variant that no case handles stops at once and does not print its content", () => {
    const unknown: unknown = { secret: "s3cret" }
    expect(() => assertNever(unknown as never)).toThrow("a variant was not handled: object")
  })
})
