// A policy in words for people: its whole texts, and what a change of it would decide differently.
// Every text is escaped: rules come from people, and an approver reads them here.

import { escapeLine, escapeText, type Immutable, type policyRead } from "@counterfoil/contracts"
import type { z } from "zod"
import { aligned } from "./columns.ts"
import type { Page } from "./page.ts"
import { shortDigest } from "./words.ts"

/** The policy in force, or the policy after a change. */
export type ReadPolicy = Immutable<z.output<typeof policyRead.output>>

/** The digest, the files by layer, and every text. */
export function policyText({ policySetDigest, texts, modeMap }: ReadPolicy, page: Page): string {
  return [
    `policy ${shortDigest(page, policySetDigest)}`,
    aligned(
      texts.map(({ layer, name, text }) => [
        `  ${layer}/${escapeLine(name)}`,
        `${text.split("\n").length} lines`,
      ]),
    ),
    `modes ${escapeText(JSON.stringify(modeMap))}`,
    ...texts.map(
      ({ layer, name, text }) => `\n// ${layer}/${escapeLine(name)}\n${escapeText(text).trimEnd()}`,
    ),
  ].join("\n")
}

/** What the proposed change would decide differently, one request per line; or why it cannot be activated. */
export function differenceText({ proposed }: ReadPolicy): readonly string[] {
  if (proposed === undefined) return []
  const { issues, compared, differences, differing } = proposed
  if (issues.length > 0)
    return ["it cannot be activated:", ...issues.map((issue) => `  ${escapeLine(issue)}`)]
  const over = `${compared.cases} cases of this release and ${compared.decisions} decisions of the newest work`
  if (differing === 0) return [`it makes the same decisions for ${over}`]
  const rest = differing - differences.length
  return [
    `it makes ${differing} different decisions, for ${over}:`,
    ...differences.map(
      ({ of, contract, before, after }) => `  ${escapeLine(of)}  ${contract}: ${before} → ${after}`,
    ),
    ...(rest === 0 ? [] : [`  and ${rest} more`]),
  ]
}
