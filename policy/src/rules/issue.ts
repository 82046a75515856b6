// What is wrong with a policy source: all of it, each with the place where it can be mended.
// Owns: the form of one finding. Does not own: finding it.

/** One finding. `code` is a lint rule (docs/policy-lint.md), or names what could not be checked. */
export interface PolicyIssue {
  readonly code: LintCode | "parse" | "schema" | "modeMap" | "engine" | "slice" | "lockout"
  /** Layer and name of the text, such as `tenant/refunds.cedar`; `mode-map` for the mode map. */
  readonly file: string
  /** The line that the policy starts on, from 1; 1 where the whole text is meant. */
  readonly line: number
  readonly ruleId: string | null
  readonly message: string
}

/** The lint rules, by the numbers that findings show. docs/policy-lint.md says what each one finds. */
export type LintCode =
  | "L01"
  | "L02"
  | "L03"
  | "L04"
  | "L05"
  | "L06"
  | "L07"
  | "L08"
  | "L09"
  | "L10"
  | "L11"
  | "L12"
  | "L13"
  | "L14"
  | "L15"
  | "L16"
  | "L17"
  | "L18"
