// The queue in words for people: a list, one request with everything needed to decide, and the results of a review.
// Owns: the words. Everything that an approver reads comes from the exact input, escaped; never from an agent's prose.

import {
  type ApprovalHindrance,
  type ApprovalItem,
  escapeLine,
  type executionApprove,
  type Immutable,
  isAnswerable,
  type VoidCause,
} from "@counterfoil/contracts"
import type { z } from "zod"
import { statusWord } from "./colour.ts"
import { aligned, columns, fitted } from "./columns.ts"
import { nameOr, noNames, type Names } from "./names.ts"
import type { Page } from "./page.ts"
import { previewText } from "./preview.ts"
import { ageOf, originText, shortDigest, shortId, untilOf, when } from "./words.ts"

type ReviewResult = Immutable<z.infer<typeof executionApprove.output>>["results"][number]

/** Waiting requests, one row each; what expires first comes first. In a pipe each row is complete, with the digest and the reasons. */
export function queueText(
  { items }: { readonly items: readonly ApprovalItem[] },
  page: Page,
  names: Names = noNames,
): string {
  if (!page.terminal || page.format !== "human")
    return columns(
      [...shared, "asked", "expires", "status", "reviews", "digest", "why"],
      items.map((item) => [
        ...sharedCells(item, page, names),
        when(page, item.requestedAt),
        when(page, item.expiresAt),
        item.status,
        reviews(item),
        item.approvalDigest,
        whyOf(item),
      ]),
    )
  const status = items.some((item) => item.status !== "open")
  const isVoid = items.some((item) => item.status === "voided")
  return fitted(
    [...shared, "age", "expires", ...(status ? ["status"] : []), ...(isVoid ? ["because"] : [])],
    items.map((item) => [
      ...sharedCells(item, page, names),
      ageOf(page, item.requestedAt),
      untilOf(page, item.expiresAt),
      ...(status ? [statusWord(page, item.status)] : []),
      ...(isVoid ? [item.voidedBecause ?? "–"] : []),
    ]),
    [
      { header: "contract", min: 10 },
      { header: "subject", min: 8 },
      { header: "requester", min: 8 },
    ],
    page.width,
  )
}

const shared = ["approval", "tier", "contract", "subject", "requester"]
const sharedCells = (item: ApprovalItem, page: Page, names: Names): readonly string[] => [
  shortId(page, item.approvalId),
  statusWord(page, item.tier),
  item.contract.ref,
  subjectText(item),
  nameOr(page, names, item.requester),
]

/** What a request acts on: the lines of its preview, which come from the exact input. */
const subjectText = ({ preview, stepKey, role }: ApprovalItem): string =>
  `${undoOf(role)}${preview.map(({ value }) => escapeLine(value)).join(", ") || stepKey}`
const undoOf = (role: ApprovalItem["role"]): string => (role === "undo" ? "undo of " : "")

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
    ["step", `${undoOf(item.role)}${item.stepKey} of ${shortId(page, item.executionId)}`],
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
    previewText(item.preview),
  ].join("\n")
}

/** The result for each reviewed request, and what it still waits for. */
export function resultsText(verb: string, results: readonly ReviewResult[], page: Page): string {
  return results
    .map(({ approvalId, status, quorum, hindered, error }) => {
      const id = shortId(page, approvalId)
      if (error !== undefined)
        return `${id}  ${statusWord(page, "error")} ${error.code}  ${escapeLine(error.detail)}`
      // A decided request waits for no review, even if its quorum was never filled.
      const missing = status === undefined || isAnswerable(status) ? (quorum?.missing ?? []) : []
      const waits =
        missing.length === 0
          ? ""
          : `. Waits for ${missing.map(({ role, count }) => `${count} more of ${role}`).join(" and ")}`
      const now = status === undefined || status === verb ? "" : `, now ${statusWord(page, status)}`
      return `${id}  ${verb}${now}${waits}.${hindered === undefined ? "" : ` ${hindrances[hindered]}`}`
    })
    .join("\n")
}

/** Why an approved step does not run, and what to do about it. */
const hindrances: { readonly [H in ApprovalHindrance]: string } = {
  paused: "Its execution is paused: it runs after counterfoil exec resume.",
  ending: "It will not run: its execution is ending.",
  deadlinePassed: "It will not run: the deadline of its execution has passed.",
  policyChanged:
    "It will not run with this approval: policy now decides it differently, and makes a new request where people must agree.",
}

const countOf = (slots: readonly { readonly count: number }[]): number =>
  slots.reduce((sum, { count }) => sum + count, 0)
const reviews = ({ quorum }: ApprovalItem): string => `${quorum.met.length}/${countOf(quorum.needed)}`
const changed = "its contract has changed, so it would not run even if approved"
/** Why a request is void. */
const voidings: { readonly [C in VoidCause]: string } = {
  inputChanged: "the input of its step has changed",
  contractChanged: "its contract has changed",
  policyChanged: "policy now decides its step differently",
  cancelled: "its execution ended or was cancelled",
  skillRecalled: "the skill that its step needs was recalled",
  breakGlassEnded: "its break-glass session has ended",
}
function whyOf({ reasons, contractChanged, voidedBecause }: ApprovalItem): string {
  const said = reasons.map(({ ruleId, text }) => `${escapeLine(text)} (${ruleId})`)
  const all = [
    ...(voidedBecause === undefined ? [] : [`void: ${voidings[voidedBecause]}`]),
    ...(contractChanged === true ? [changed] : []),
    ...said,
  ]
  return all.length === 0 ? "–" : all.join("; ")
}
