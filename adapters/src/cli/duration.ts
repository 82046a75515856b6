// Durations and instants as people type them.
// Owns: `90s`, `10m`, `4h`, `30d` and ISO 8601. Does not own: how the contracts write them (primitives).

const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `90s`, `1.5h`, `PT4H`; null when it is no duration. */
export function durationMsOf(typed: string): number | null {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(typed) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * (units[unit] ?? 0)
  const iso = /^P(?=.)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(typed)
  if (iso === null) return null
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = iso
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
}

/** ISO 8601 as the contracts write it, in whole seconds. */
export const isoDuration = (ms: number): string => `PT${Math.max(0, Math.round(ms / 1_000))}S`

/** An instant: RFC 3339 as typed, or a duration from `now` on; null when it is neither. */
export function instantOf(typed: string, now: number): string | null {
  const ahead = durationMsOf(typed)
  if (ahead !== null) return new Date(now + ahead).toISOString()
  const at = /^\d{4}-\d\d-\d\d/.test(typed) ? Date.parse(typed) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
