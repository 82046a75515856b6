// The page that an answer is printed on: the properties of the terminal, and the current time.
// It has everything that printing depends on, so that printing is a pure function of answer and page.

/** The format of an answer. `human` and `plain` are for people, the others for programs. */
export type Format = "human" | "plain" | "json" | "jsonl"

/** What printing depends on. `now` is in milliseconds since 1970. */
export interface Page {
  readonly format: Format
  /** True when stdout is a terminal: times are relative, ids are short. */
  readonly terminal: boolean
  readonly colour: boolean
  /** Columns of the terminal; 80 where they are unknown. */
  readonly width: number
  readonly now: number
  /** Fields asked for with `--fields`; empty for all. */
  readonly fields: readonly string[]
}

/** True when people read the answer. A secret is then printed on stderr; programs get it in the document. */
export const isForPeople = ({ format }: Pick<Page, "format">): boolean =>
  format === "human" || format === "plain"
