// Times as traces write them: UTC to the millisecond, and days that exist.
// Owns: their form. Does not own: which of two comes first, which their text says.

/** How a contract's schema spells a time; a pattern of exactly this text means the form below. */
export const timeSpelling = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`

const leapYear = String.raw`\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00`
const anyYear = String.raw`000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3}`
const monthDay = String.raw`(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])`

/**
 * A day of the calendar, in years 1 to 9999, and a time of day without a leap second. A text that is spelled like a time and names
 * a day that does not exist never came from a clock.
 */
export const timeForm = new RegExp(
  String.raw`^(?:(?:${leapYear})-02-29|(?:${anyYear})-(?:${monthDay}))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$`,
)
