// Parsing a JSON value with a schema: once, at the edge, into an immutable value or a list of issues.
// Owns: the form of an issue. Does not own: the bytes (json/) or the schemas.

import type { z } from "zod"
import { formatPointer } from "../json/json-pointer.ts"
import { err, ok, type Result } from "../result.ts"
import type { Immutable } from "../primitives.ts"

/** One thing wrong with a value: where (JSON Pointer), a closed code, and a sentence that holds nothing of the value. */
export interface Issue {
  readonly at: string
  readonly code: IssueCode
  readonly message: string
}
export type IssueCode = "missing" | "unknownField" | "type" | "value" | "tooSmall" | "tooBig" | "format"

/** Most issues that one answer lists; more would not help its reader. */
export const issuesMax = 20

/** The value as its schema sees it, or what is wrong with it, at most `issuesMax` issues in the order of the schema. */
export function parseWith<S extends z.ZodType>(
  schema: S,
  value: unknown,
): Result<Immutable<z.output<S>>, readonly Issue[]> {
  const parsed = schema.safeParse(value)
  // A value that came out of JSON holds no undefined, so an optional field that is absent stays absent.
  if (parsed.success) return ok(parsed.data as Immutable<z.output<S>>)
  return err(parsed.error.issues.flatMap((issue) => issuesOf(issue, value)).slice(0, issuesMax))
}

/** `value`: what the issue's path starts from. A field that is absent counts as missing under any schema. */
function issuesOf(issue: z.core.$ZodIssue, value: unknown): readonly Issue[] {
  const at = formatPointer(issue.path.map(String))
  const found = valueAt(value, issue.path)
  if (found === undefined) return [{ at, code: "missing", message: "This field is required." }]
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        at: `${at}${formatPointer([key])}`,
        code: "unknownField" as const,
        message: "This field is not known.",
      }))
    case "invalid_type":
      return [{ at, code: "type", message: `A value of type ${issue.expected} is expected.` }]
    case "too_small":
      return [{ at, code: "tooSmall", message: `The least allowed is ${issue.minimum}.` }]
    case "too_big":
      return [{ at, code: "tooBig", message: `The most allowed is ${issue.maximum}.` }]
    case "invalid_format":
      return [{ at, code: "format", message: "The value does not have the required form." }]
    case "invalid_union": {
      const lacking = missingOfOneOption(issue, found)
      return lacking === null
        ? [{ at, code: "value", message: "This value is not allowed here." }]
        : lacking.map((one) => ({ ...one, at: `${at}${one.at}` }))
    }
    case "invalid_value":
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return [{ at, code: "value", message: "This value is not allowed here." }]
  }
}

/** What a value lacks of the one option that it otherwise fits; null when it fits none so far, or several. */
function missingOfOneOption(
  { errors }: z.core.$ZodIssueInvalidUnion,
  value: unknown,
): readonly Issue[] | null {
  const [lacking, ...others] = errors
    .map((option) => option.flatMap((issue) => issuesOf(issue, value)))
    .filter((issues) => issues.length > 0 && issues.every(({ code }) => code === "missing"))
  return lacking === undefined || others.length > 0 ? null : lacking
}

/** The value at a path; undefined where there is none. What a value inherits is not in it. */
const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inside, key) =>
      typeof inside === "object" && inside !== null
        ? Object.getOwnPropertyDescriptor(inside, key)?.value
        : undefined,
    value,
  )
