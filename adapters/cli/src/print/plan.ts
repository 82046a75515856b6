// A plan that was checked against policy, in words for people.
// Owns: its first line and the missing grants. Does not own: the tree (the server draws it).

import {
  escapeLine,
  escapeText,
  type Immutable,
  type PlanRejection,
  type planVerify,
} from "@counterfoil/contracts"
import type { z } from "zod"
import { statusWord } from "./colour.ts"
import type { Page } from "./page.ts"
import { shortDigest } from "./words.ts"

/** The plan with its holds: the server's tree, the verdict, and the grants that are missing. */
export function planText(verified: Immutable<z.output<typeof planVerify.output>>, page: Page): string {
  const holds = verified.steps.filter(({ decision }) => decision === "hold").length
  return [
    escapeText(verified.tree).trimEnd(),
    `${statusWord(page, verified.verdict)}  tier ${statusWord(page, verified.tier)}  held: ${holds}  plan digest ${shortDigest(page, verified.planDigest)}`,
    ...verified.missing.map((line) => `missing  ${escapeLine(line)}`),
    ...(verified.blockedReasons.length === 0 ? [] : [`blocked  ${verified.blockedReasons.join(", ")}`]),
  ].join("\n")
}

/** The reasons why a draft does not compile, one per line. */
export function rejectionsText(rejections: readonly PlanRejection[]): string {
  return rejections
    .map(
      ({ code, at, message, help }) =>
        `${code}  ${at === "" ? "/" : escapeLine(at)}  ${escapeLine(message)}${help === undefined ? "" : `  ${escapeLine(help)}`}`,
    )
    .join("\n")
}
