// The queue as people read it: a list, one request with everything to decide on, and the results of a review.
// Owns: the words. Everything that an approver reads comes from the exact input, escaped; never from an agent's prose.

import { type ApprovalItem, escapeLine, type executionApprove, type Immutable } from "@counterfoil/contracts"
import type { z } from "zod"
import { statusWord } from "./colour.ts"
import { aligned, columns } from "./columns.ts"
import type { Page } from "./page.ts"
import { originText, shortDigest, shortId, when } from "./words.ts"

type ReviewResult = Immutable<z.infer<typeof executionApprove.output>>["results"][number]

/** What waits, what expires first, and why. */
export function queueText({ items }: { readonly items: readonly ApprovalItem[] }, page: Page): string {
  return columns(
    ["approval", "status", "tier", "contract", "requester", "expires", "reviews", "digest", "why"],
    items.map((item) => [
      shortId(page, item.approvalId),
      statusWord(page, item.status),
      statusWord(page, item.tier),
      item.contract.ref,
      shortId(page, item.requester),
      when(page, item.expiresAt),
      reviews(item),
      shortDigest(page, item.approvalDigest),
      whyOf(item),
    ]),
  )
}

/** One request: what will happen, why it is held, who decides, and the digest that a review names. */
export function approvalText(item: ApprovalItem, page: Page): string {
  const rows: readonly (readonly string[])[] = [
    [
      "status",
      `${statusWord(page, item.status)}, tier ${statusWord(page, item.tier)}, expires ${when(page, item.expiresAt)}, then ${item.fallback}`,
    ],
    ["why", whyOf(item)],
    [
      "does",
      `${item.contract.ref} ${item.contract.version}, ${item.effect}${item.irreversible ? ", cannot be undone" : ""}`,
    ],
    [
      "needs",
      item.obligations.quorum.map(({ role, count }) => `${count} of ${role}`).join(" and ") +
        `, ${item.obligations.assurance}; so far ${reviews(item)}`,
    ],
    ...(item.reviewTokens ?? []).map(({ human, token }) => [
      "token",
      `of ${shortId(page, human)}: ${originText(page, token)}`,
    ]),
    ["step", `${item.stepKey} of ${shortId(page, item.executionId)}`],
    [
      "you",
      item.canReview.allowed
        ? "may review this"
        : `cannot review this: ${escapeLine(item.canReview.because ?? "")}`,
    ],
  ]
  return [
    `${shortId(page, item.approvalId)}  ${item.contract.ref}  asked by ${shortId(page, item.requester)}${item.onBehalfOf === undefined ? "" : ` for ${shortId(page, item.onBehalfOf)}`}   digest ${shortDigest(page, item.approvalDigest)}`,
    aligned(rows),
    "",
    aligned(item.preview.map(({ label, value }) => [`  ${escapeLine(label)}`, escapeLine(value)])),
  ].join("\n")
}

/** What became of each reviewed request, and what it still waits for. */
export function resultsText(verb: string, results: readonly ReviewResult[], page: Page): string {
  return results
    .map(({ approvalId, status, quorum, error }) => {
      const id = shortId(page, approvalId)
      if (error !== undefined)
        return `${id}  ${statusWord(page, "error")} ${error.code}  ${escapeLine(error.detail)}`
      const missing = quorum?.missing ?? []
      const waits =
        missing.length === 0
          ? ""
          : `. Waits for ${missing.map(({ role, count }) => `${count} more of ${role}`).join(" and ")}`
      const now = status === undefined || status === verb ? "" : `, now ${statusWord(page, status)}`
      return `${id}  ${verb}${now}${waits}.`
    })
    .join("\n")
}

const countOf = (slots: readonly { readonly count: number }[]): number =>
  slots.reduce((sum, { count }) => sum + count, 0)
const reviews = ({ quorum }: ApprovalItem): string => `${quorum.met.length}/${countOf(quorum.needed)}`
const changed = "its contract has changed, and a yes would not let it run"
function whyOf({ reasons, contractChanged }: ApprovalItem): string {
  const said = reasons.map(({ ruleId, text }) => `${escapeLine(text)} (${ruleId})`)
  const all = contractChanged === true ? [changed, ...said] : said
  return all.length === 0 ? "–" : all.join("; ")
}
