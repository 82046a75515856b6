// What lint says about a contract: a closed list of rules, each with a sentence and what to do.
// Owns: the rules' names and words. Does not own: finding anything (lint-contracts.ts).

/** The rules by name. `not-defined` covers every fault that makes the contract impossible. */
export const contractLintRules = {
  "not-defined": {
    says: "it cannot be defined",
    fix: "Correct the definition: the start fails in the same words.",
  },
  "words-repeat": {
    says: "its title, goal and context say the same",
    fix: "Goal: what its user gets. Context: when to use it, and when not.",
  },
  "errors-missing": {
    says: "callers reach it, and it declares no error beyond the common ones",
    fix: "List the codes that it answers in `errors`.",
  },
  "example-missing": {
    says: "it has no example that it accepts",
    fix: "Add one to `examples`: a reader looks there first.",
  },
  "refusal-missing": {
    says: "it has no example that it refuses",
    fix: "Add one with `fails`, the place at which it is refused.",
  },
  "output-missing": {
    says: "an example that it accepts shows no output",
    fix: "Add `output` to it: what a caller gets for that input.",
  },
  "example-wrong": {
    says: "an example is not what it says",
    fix: "Correct the example, its `output` or `fails`, or the schema.",
  },
  "pointer-lost": {
    says: "a pointer leads to no field of its input",
    fix: "Point at a field that the input has.",
  },
  "reference-lost": {
    says: "it names a contract that does not exist, or one of the wrong kind",
    fix: "Name one of this installation by `name@major`: a command as undo, a query as what is read.",
  },
  "state-misfit": {
    says: "what it says it reads before it acts does not fit its input",
    fix: "Give the field of `observes.at` the shape of the query's output, and the query the fields of `observes.input`.",
  },
  "deprecation-missing": {
    says: "it is deprecated, and nothing says what replaces it and when it goes",
    fix: "Add `deprecation`: since, replacedBy, removeAfter.",
  },
} as const

/** The name of a rule. */
export type ContractLintRule = keyof typeof contractLintRules

/** One finding. `contract` is a reference, or a name where there is no contract; `at` a JSON Pointer into its document. */
export interface ContractIssue {
  readonly rule: ContractLintRule
  readonly contract: string
  readonly at: string
  /** The rule's sentence with what was found, nothing of it from outside. */
  readonly message: string
  readonly fix: string
}

/** A finding of a rule; `found` says what exactly, empty when the rule says it all. */
export function contractIssue(
  rule: ContractLintRule,
  { contract, at, found }: { readonly contract: string; readonly at: string; readonly found: string },
): ContractIssue {
  const { says, fix } = contractLintRules[rule]
  return { rule, contract, at, message: found === "" ? `${says}.` : `${says}: ${found}.`, fix }
}
