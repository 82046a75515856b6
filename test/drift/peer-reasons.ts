// Why another tool answers differently on a case of the corpus: each difference has one reason here, written by a person.
// Owns: the reasons and which cases they explain. A difference without one fails the test, and so does a reason without a difference.

import type { Opinion, Peer } from "./peers.ts"

/** One reason: whose answer it explains, and for which cases. */
export interface Reason {
  readonly peer: Peer
  readonly why: string
  readonly explains: (opinion: Opinion) => boolean
}

const says =
  (pattern: RegExp) =>
  (opinion: Opinion): boolean =>
    pattern.test(opinion.says)
const beyondShape =
  /^(a unit changes|a quantity gets|pii is|a target is|an output is trusted|policy (no longer )?(sees|reads|counts))/

/** Every reason. The first that explains a difference counts. */
export const reasons: readonly Reason[] = [
  {
    peer: "json-schema-diff",
    why: "Marks and units are ours: no schema diff reads them.",
    explains: says(beyondShape),
  },
  {
    peer: "json-schema-diff",
    why: "It does not resolve a reference to its own place, nor one beside definitions of draft 2020-12, and answers with an error.",
    explains: ({ theirs }) => theirs["json-schema-diff"] === "cannot say",
  },
  {
    peer: "json-schema-diff",
    why: "It answers which values are new. A new field is a new value, but readers overlook fields that they do not know.",
    explains: says(/^an? (required|optional) field is added$/),
  },
  {
    peer: "json-schema-diff",
    why: "As sets, answers without an optional field are among the old ones. Readers who used the field no longer get it.",
    explains: says(/^an optional field is removed$/),
  },
  {
    peer: "json-schema-diff",
    why: "It does not read `enum`, `const`, `pattern`, `format`, `multipleOf`, `propertyNames`, `prefixItems` or `oneOf`, so what changes there is no change.",
    explains: says(
      /enum|literal|true becomes|pattern|format|step|elements of elements|character class|names of a map|a pair|variant/,
    ),
  },
  {
    peer: "api-smart-diff",
    why: "Marks and units are ours: no schema diff reads them.",
    explains: says(beyondShape),
  },
  {
    peer: "api-smart-diff",
    why: "It compares how a schema is written: another way to write the same values is breaking.",
    explains: says(
      /^(nullable written|a union with a member twice|a union whose member|an enum as a union|an exclusive bound|a boolean as true)/,
    ),
  },
  {
    peer: "api-smart-diff",
    why: "For responses it turns the answers for requests around. What breaks both ways (another type, a replaced pattern or format, a swapped enum value) passes there, and so does a pattern or a step that becomes wider.",
    explains: ({ says: name, part, ours }) =>
      part === "output" &&
      ours === "alarm" &&
      /(becomes (a number|text|an integer)|change(s)? type|literal .*changes|values of an enum are replaced|enum (swaps|is renamed)|(pattern|format) is replaced|character class|a pattern (may|refers|looks|that cannot)|a decimal step|a pattern that looks behind|becomes a union without|in a union becomes|null is allowed|elements become nullable|a pair gets)/.test(
        name,
      ),
  },
  {
    peer: "api-smart-diff",
    why: "It counts every change of `type` and of an exclusive bound, and does not ask which way: what is wider alarms for requests, what is narrower for responses.",
    explains: ({ ours }) => ours === "pass",
  },
  {
    peer: "api-smart-diff",
    why: "A property that goes is not breaking to it. A closed input refuses callers who still send the field, and readers of an output no longer get it.",
    explains: says(/removed$|an optional field is renamed/),
  },
  {
    peer: "api-smart-diff",
    why: "It does not see that the same values can be refused by another keyword: by an enum instead of a type, by a closed object, by a field that was free before.",
    explains: says(
      /^(text becomes an enum|an open object is closed|an optional field is added to an open object)$/,
    ),
  },
]

/** The reason for a difference; undefined when there is none yet. */
export const reasonFor = (peer: Peer, opinion: Opinion): Reason | undefined =>
  reasons.find((reason) => reason.peer === peer && reason.explains(opinion))
