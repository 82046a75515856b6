// Durations as people type them.
// Owns: `90s`, `10m`, `4h`, `30d` and ISO 8601. Does not own: their form in contracts (primitives), nor instants (instant.ts).
// Imports nothing: every command reads its settings, and loading the contracts for that would take longer than the rest.

const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest duration: contracts write days with at most four digits. */
const durationMaxMs = 9_999 * 86_400_000

/** Milliseconds of `90s`, `1.5h`, `PT4H`; null for any other text, and for a duration longer than the contracts can write. */
export function durationMsOf(typed: string): number | null {
  const ms = spelledMs(typed)
  return ms === null || ms > durationMaxMs ? null : ms
}

function spelledMs(typed: string): number | null {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(typed) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * (units[unit] ?? 0)
  const iso = /^P(?=.)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(typed)
  if (iso === null) return null
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = iso
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
}

/** ISO 8601 as the contracts write it, in whole seconds. */
export function isoDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const days = Math.floor(seconds / 86_400)
  return days === 0 ? `PT${seconds}S` : `P${days}D${seconds % 86_400 === 0 ? "" : `T${seconds % 86_400}S`}`
}
