// The page that an answer is printed on: what the terminal can show, and at what time it is read.
// Owns: the facts that printing depends on, so that printing stays a pure function of answer and page.

/** How an answer is written. `human` and `plain` are for people, the others for programs. */
export type Format = "human" | "plain" | "json" | "jsonl"

/** What printing needs to know. `now` is in milliseconds since 1970. */
export interface Page {
  readonly format: Format
  /** True when stdout is a terminal: times are relative, ids are short. */
  readonly terminal: boolean
  readonly colour: boolean
  /** Columns of the terminal, 80 where none says. */
  readonly width: number
  readonly now: number
  /** Fields asked for with `--fields`; empty for all. */
  readonly fields: readonly string[]
}

/** True when people read the answer: a secret in it goes to them on stderr, and to programs in the document. */
export const isForPeople = ({ format }: Pick<Page, "format">): boolean =>
  format === "human" || format === "plain"
