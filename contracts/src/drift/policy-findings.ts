// What a tree's contracts do to the policy that judges them, as findings.
// Owns: C086 to C088. Does not own: checking policies and deciding cases (policy), nor their files (adapters).

import { blobDigest } from "../digest/index.ts"
import { canonicalBytes } from "../json/canonical.ts"
import { formatPointer } from "../json/json-pointer.ts"
import type { Json } from "../json/json.ts"
import { change } from "./change.ts"
import { findingOf, type Finding } from "./finding.ts"

/** What is wrong with one rule of a file, or with the file (`rule` null). `gone`: it refers to what no contract has. */
interface BrokenRule {
  readonly file: string
  readonly rule: string | null
  readonly gone: boolean
  readonly problems: readonly string[]
}

/** A golden verdict that the policy no longer gives. `got` is null when the contract that it asks about does not exist. */
interface ChangedVerdict {
  readonly contract: string
  readonly name: string
  readonly expected: Json
  readonly got: Json | null
}

/** The finding for a rule. Nothing of its file can be activated, so it cannot be acknowledged. */
export function brokenRuleFinding({ file, rule, gone, problems }: BrokenRule): Finding {
  const at = rule === null ? "" : formatPointer([rule])
  return findingOf(
    {
      ...change(gone ? "C087" : "C086", "always", { at, after: [...problems] }),
      detail: problems.join("; "),
    },
    { contract: file, from: null, to: null, experimental: false },
  )
}

/** The finding for a golden verdict. Its digests are those of the two verdicts, so an acknowledgement covers exactly this change. */
export function changedVerdictFinding({ contract, name, expected, got }: ChangedVerdict): Finding {
  const at = formatPointer(["cases", name])
  const place = { at, before: expected, after: got }
  return findingOf(change(got === null ? "C087" : "C088", "always", place), {
    contract,
    from: verdictDigest(expected),
    to: got === null ? null : verdictDigest(got),
    experimental: false,
  })
}

const verdictDigest = (verdict: Json) => blobDigest(canonicalBytes(verdict))
