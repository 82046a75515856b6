// Instants and days of the calendar, for every text that names one.
// Owns: which months, days, hours, minutes, seconds and offsets there are. Does not own: `Time` and its brand (primitives.ts).
// A pattern counts digits and not days: it takes 30 February, and `Date` makes 2 March of that without a word.

/** The spelling of a `Time`. Wherever a schema has exactly this pattern it names this form, and `isInstant` holds as well. */
export const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * True for a date and a time of day, written in digits from the start of the text, that exist: years 0001 to 9999 (RFC 3339
 * has four digits, and PostgreSQL no year 0), the days of their month, hours below 24. A leap second is refused: neither
 * JavaScript nor PostgreSQL has a number for it.
 */
export function isInstant(text: string): boolean {
  return (
    isDay(text.slice(0, 10)) &&
    Number(text.slice(11, 13)) < 24 &&
    Number(text.slice(14, 16)) < 60 &&
    Number(text.slice(17, 19)) < 60
  )
}

/** True for a day of the calendar, as `2026-11-21`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))]
  return year >= 1 && day >= 1 && day <= daysIn(year, month)
}

/** Days of a month, counted from 1; 0 for a month that does not exist. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

// Held by its own name: where a plan function runs, `Date` is taken away.
const Calendar = Date

/** A date-time with zone (RFC 3339 §5.6), at most milliseconds. */
const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(?:Z|[+-](\d\d):(\d\d))$/

/** The first and the last `Time`, in milliseconds since 1970. */
export const [firstTimeMs, lastTimeMs] = [
  Date.parse("0001-01-01T00:00:00.000Z"),
  Date.parse("9999-12-31T23:59:59.999Z"),
]

/** Milliseconds of a date-time with zone that exists and can be written as a `Time`; null for any other text. */
export function instantMs(text: string): number | null {
  const found = zoned.exec(text)
  if (found === null || !isInstant(text)) return null
  const [, , hours = "0", minutes = "0"] = found
  if (Number(hours) > 23 || Number(minutes) > 59) return null
  const ms = Calendar.parse(text)
  return ms >= firstTimeMs && ms <= lastTimeMs ? ms : null
}
