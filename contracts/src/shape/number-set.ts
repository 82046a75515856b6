// The numbers of a shape as steps between two bounds, in exact decimals.
// Owns: whether all numbers of one shape are numbers of another, and whether a number is a multiple. Does not own: other shapes.
// A step of 0.01 divides one of 0.1, although no double is either of them: what an author wrote are decimals.

import type { NumberShape } from "./shape.ts"

/**
 * True when a value is a multiple of a step. The quotient of two doubles that represent decimals is up to a few units of its last
 * place away from an integer, so 0.3 is a multiple of 0.1. Source: the contracts' own parser, zod 4, `floatSafeRemainder`.
 */
export function isMultiple(value: number, step: number): boolean {
  const ratio = value / step
  return Math.abs(ratio - Math.round(ratio)) < 4 * Number.EPSILON * Math.max(Math.abs(ratio), 1)
}

/** True when every multiple of the one step is one of the other. Both are above zero. */
export function stepDivides(coarse: number, fine: number): boolean {
  const [a, b] = scaled([coarse, fine])
  return a !== undefined && b !== undefined && a % b === 0n
}

/** True when every number of the producer is one of the consumer. */
export function numbersFit(producer: NumberShape, consumer: NumberShape): boolean {
  const [p, c] = [numbersOf(producer), numbersOf(consumer)]
  const digits = Math.max(...[...writtenIn(p), ...writtenIn(c)].map(fractionDigits), 0)
  const given = inSteps(p, digits)
  if (given === null) return true
  const { low, high, step } = given
  const fine = stepOf(c, digits)
  const bounded = atLeast(low, c, digits) && atMost(high, c, digits)
  if (!bounded || fine === null) return bounded
  if (step !== null && step % fine === 0n) return true
  // A single number is a multiple of more than the step that it was written with.
  return low !== null && low.at === high?.at && low.at % fine === 0n
}

/** The numbers of a shape: integers are what a double holds exactly, as when a value is judged. */
interface Numbers {
  readonly min: number
  readonly max: number
  readonly above: number
  readonly below: number
  readonly integer: boolean
  readonly multipleOf: number | null
}

function numbersOf(shape: NumberShape): Numbers {
  if (!shape.integer) return shape
  return {
    ...shape,
    min: Math.max(shape.min, Number.MIN_SAFE_INTEGER),
    max: Math.min(shape.max, Number.MAX_SAFE_INTEGER),
  }
}

const writtenIn = ({ min, max, above, below, multipleOf }: Numbers): readonly number[] =>
  [min, max, above, below, ...(multipleOf === null ? [] : [multipleOf])].filter(Number.isFinite)

/** A bound in units of the last digit that is written anywhere; null for none. `open`: the bound itself is left out. */
type Bound = { readonly at: bigint; readonly open: boolean } | null

function inSteps(
  numbers: Numbers,
  digits: number,
): { readonly low: Bound; readonly high: Bound; readonly step: bigint | null } | null {
  const step = stepOf(numbers, digits)
  const [low, high] = [lowOf(numbers, digits), highOf(numbers, digits)]
  if (step === null) return isEmpty(low, high) ? null : { low, high, step }
  const first = low === null ? null : { at: nextStep(low.at, step, low.open), open: false }
  const last = high === null ? null : { at: -nextStep(-high.at, step, high.open), open: false }
  return isEmpty(first, last) ? null : { low: first, high: last, step }
}

const isEmpty = (low: Bound, high: Bound): boolean =>
  low !== null && high !== null && (low.at > high.at || (low.at === high.at && (low.open || high.open)))

/** The first multiple of a step from a bound on. */
function nextStep(at: bigint, step: bigint, open: boolean): bigint {
  const rest = ((at % step) + step) % step
  if (rest !== 0n) return at - rest + step
  return open ? at + step : at
}

function lowOf({ min, above }: Numbers, digits: number): Bound {
  if (Number.isFinite(above) && above >= min) return { at: units(above, digits), open: true }
  return Number.isFinite(min) ? { at: units(min, digits), open: false } : null
}

function highOf({ max, below }: Numbers, digits: number): Bound {
  if (Number.isFinite(below) && below <= max) return { at: units(below, digits), open: true }
  return Number.isFinite(max) ? { at: units(max, digits), open: false } : null
}

function atLeast(low: Bound, consumer: Numbers, digits: number): boolean {
  const bound = lowOf(consumer, digits)
  if (bound === null) return true
  return low !== null && (low.at > bound.at || (low.at === bound.at && (low.open || !bound.open)))
}

function atMost(high: Bound, consumer: Numbers, digits: number): boolean {
  const bound = highOf(consumer, digits)
  if (bound === null) return true
  return high !== null && (high.at < bound.at || (high.at === bound.at && (high.open || !bound.open)))
}

/** The step of integers is 1, and of integers that are multiples of something the least that is both. */
function stepOf({ integer, multipleOf }: Numbers, digits: number): bigint | null {
  const one = units(1, digits)
  const step = multipleOf === null || multipleOf <= 0 ? null : units(multipleOf, digits)
  if (!integer) return step
  return step === null ? one : (one * step) / greatestDivisor(one, step)
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

function scaled(values: readonly number[]): readonly bigint[] {
  const digits = Math.max(...values.map(fractionDigits), 0)
  return values.map((value) => units(value, digits))
}

const decimal = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/** How many digits a number has behind its point, written as the shortest decimal that reads as the same double. */
function fractionDigits(value: number): number {
  const [, , , fraction = "", power = "0"] = decimal.exec(String(value)) ?? []
  return Math.max(fraction.length - Number(power), 0)
}

/** A number in units of `10^-digits`; it has no more digits than these. */
function units(value: number, digits: number): bigint {
  const [, sign = "", whole = "0", fraction = "", power = "0"] = decimal.exec(String(value)) ?? []
  const zeros = digits - fraction.length + Number(power)
  const size = BigInt(whole + fraction) * 10n ** BigInt(Math.max(zeros, 0))
  return sign === "-" ? -size : size
}
