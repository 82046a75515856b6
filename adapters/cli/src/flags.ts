// The flags of one invocation, read by name.
// Does not own: which flags exist (command.ts, global-flags.ts).

/** The parsed values, by the flag's long name. */
export type FlagValues = ReadonlyMap<string, string | boolean | readonly string[]>

/** Flags by their long names. */
export interface Flags {
  /** True for a switch that was given. */
  on(long: string): boolean
  /** The value of a flag, or undefined when it was not given. */
  text(long: string): string | undefined
  /** The values of a flag that may be given more than once, in order; empty when it was not given. */
  texts(long: string): readonly string[]
}

/** Reads flags from the parsed values. */
export function flagsOf(values: FlagValues): Flags {
  return {
    on: (long) => values.get(long) === true,
    text: (long) => {
      const value = values.get(long)
      return typeof value === "string" ? value : undefined
    },
    texts: (long) => {
      const value = values.get(long)
      return typeof value === "object" ? value : typeof value === "string" ? [value] : []
    },
  }
}
