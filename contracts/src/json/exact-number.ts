// Whether a number that was written survives being read: JavaScript keeps doubles, and most decimals have no exact double.
// Owns: comparing decimals as text, exactly. Does not own: which numbers are read at all (parse-json.ts).

/** A decimal as the digits of its value, without zeros at either end, and the power of ten of the last of them. */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly exponent: number
}

/**
 * True when printing `value`, which was read from `text`, gives the number that was written, in any spelling: `1.0`, `1e2` and
 * `0.10` do. What a double prints as is the shortest decimal that reads as the same double (ECMA-262, Number::toString), so
 * `0.1` is kept, although no double is a tenth, and `0.10000000000000001` is not: it would be written back as `0.1`.
 * `text` is a JSON number and `value` is finite. A zero has no sign.
 */
export function keepsItsValue(text: string, value: number): boolean {
  const printed = String(value)
  if (printed === text) return true
  const [written, kept] = [decimalOf(text), decimalOf(printed)]
  return (
    written.digits === kept.digits &&
    (written.digits === "" || (written.exponent === kept.exponent && written.negative === kept.negative))
  )
}

function decimalOf(text: string): Decimal {
  const [, sign, whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const all = (whole + fraction).replace(/^0+/, "")
  const digits = withoutLastZeros(all)
  return {
    negative: sign === "-",
    digits,
    exponent: Number(power) - fraction.length + (all.length - digits.length),
  }
}

// Not by an expression: on many zeros before another digit it would look again from each of them.
function withoutLastZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === zero) end -= 1
  return digits.slice(0, end)
}
const zero = 0x30
