// The effect of a server's contracts on its work, in words for operators: open work first, then the rollouts.
// Owns: the words. Does not own: the facts (contract.drift).

import { type contractDrift, escapeLine, type Immutable } from "@counterfoil/contracts"
import type { z } from "zod"
import { statusWord } from "./colour.ts"
import { aligned, columns } from "./columns.ts"
import type { Page } from "./page.ts"
import { shortDigest, shortId, when } from "./words.ts"

type View = Immutable<z.infer<typeof contractDrift.output>>
type Live = View["live"]
type Rollout = View["rollouts"][number]

/** The whole view. */
export function rolloutsText({ lock, since, live, rollouts }: View, page: Page): string {
  return [
    `contracts ${shortDigest(page, lock)}, in force since ${when(page, since)}`,
    "",
    openWork(live, page),
    "",
    rollouts.length === 0 ? "No rollout has changed a contract." : rolloutTable(rollouts, page),
  ].join("\n")
}

function openWork({ looked, approvals, executions, inDoubt }: Live, page: Page): string {
  const left = [
    ...named("request void", approvals, (one) => shortId(page, one.approvalId), page),
    ...named("cannot go on", executions, (one) => shortId(page, one.executionId), page),
    ...named(
      "cannot be probed",
      inDoubt,
      (one) => `${shortId(page, one.executionId)} ${escapeLine(one.step)}`,
      page,
    ),
  ]
  const seen = looked.cut
    ? `the ${looked.open} open executions that changed last, of more,`
    : `${looked.open} open executions`
  const unread =
    looked.unreadable === 0
      ? ""
      : `\n${looked.unreadable} of the traces cannot be read, and were not checked.`
  return (
    (left.length === 0
      ? `All of ${seen} can go on with them.`
      : `Of ${seen}, these were planned with removed contracts:\n${aligned(left)}`) + unread
  )
}

/** The lines of one kind, and the number of further ones. */
function named<T extends { readonly contract: string }>(
  word: string,
  { count, first }: { readonly count: number; readonly first: readonly T[] },
  nameOf: (one: T) => string,
  page: Page,
): readonly (readonly string[])[] {
  const lines = first.map((one) => [`  ${statusWord(page, word)}`, nameOf(one), escapeLine(one.contract)])
  return count > first.length ? [...lines, [`  ${word}`, `and ${count - first.length} more`]] : lines
}

function rolloutTable(rollouts: readonly Rollout[], page: Page): string {
  return columns(
    ["rollout", "at", "breaking", "risky", "safe", "requests void", "cannot go on", "traces before", "worst"],
    rollouts.map(({ executionId, at, status, drift }) =>
      drift === undefined
        ? [shortId(page, executionId), when(page, at), statusWord(page, status)]
        : [
            shortId(page, executionId),
            when(page, at),
            ...[drift.counts.breaking, drift.counts.risky, drift.counts.safe].map(String),
            ...[drift.live.approvals, drift.live.executions, drift.live.recorded].map(({ count }) =>
              String(count),
            ),
            escapeLine(drift.worst[0]?.message ?? "–"),
          ],
    ),
  )
}
