// Executions in words for people: the answer to a submission, a list, one whole execution.
// Owns: the words. Does not own: the tree of steps (the server draws it), nor the meaning of a status.

import {
  escapeJson,
  escapeLine,
  escapeText,
  type ExecutionItem,
  type ExecutionView,
  type HeldStep,
  type Immutable,
  type Json,
  recordWord,
  type Submitted,
} from "@counterfoil/contracts"
import type { z } from "zod"
import { statusWord } from "./colour.ts"
import { columns, fitted } from "./columns.ts"
import { nameOr, noNames, type Names } from "./names.ts"
import type { Page } from "./page.ts"
import { rejectionsText } from "./plan.ts"
import { ageOf, shortId, when } from "./words.ts"

/** The status of a submission: one line, then what holds it or why it is refused. */
export function submittedText(submitted: Submitted, page: Page): string {
  const { executionId, tier, duplicate, held, rejections = [], failure, output } = submitted
  const steps =
    submitted.stepCount === undefined
      ? []
      : [`${submitted.stepCount} ${submitted.stepCount === 1 ? "step" : "steps"}`]
  return [
    [
      shortId(page, executionId),
      statusWord(page, recordWord(submitted)),
      ...steps,
      ...(tier === undefined ? [] : [`tier ${tier}`]),
      ...(duplicate ? ["the same as before"] : []),
    ].join("  "),
    ...held.map((held) => `held by ${heldText(held, page)}`),
    ...(rejections.length === 0 ? [] : [rejectionsText(rejections)]),
    ...(failure === undefined ? [] : [`${failure.code}  ${escapeLine(failure.message)}`]),
    ...(output === undefined ? [] : [outputLine(output, page)]),
  ].join("\n")
}

/** A list of executions, one row each. In a pipe each row is complete, with the number of steps. */
export function executionsText(
  { items }: { readonly items: readonly Immutable<z.infer<typeof ExecutionItem>>[] },
  page: Page,
  names: Names = noNames,
): string {
  const shared = ["execution", "status", "tier", "contract", "subject", "requester"]
  const sharedCells = (item: (typeof items)[number]): readonly string[] => [
    shortId(page, item.executionId),
    statusWord(page, item.word ?? item.status),
    statusWord(page, item.tier ?? "–"),
    item.contract ?? "–",
    escapeLine(item.subject ?? "–"),
    nameOr(page, names, item.requester),
  ]
  if (!page.terminal || page.format !== "human")
    return columns(
      [...shared, "steps", "created"],
      items.map((item) => [
        ...sharedCells(item),
        `${item.stepCounts.completed}/${item.stepCounts.total}`,
        when(page, item.createdAt),
      ]),
    )
  return fitted(
    [...shared, "age"],
    items.map((item) => [...sharedCells(item), ageOf(page, item.createdAt)]),
    [
      { header: "contract", min: 10 },
      { header: "subject", min: 8 },
      { header: "requester", min: 8 },
    ],
    page.width,
  )
}

/** One execution: the tree of its steps, and what it waits for or its result. */
export function executionText(view: ExecutionView, page: Page): string {
  const head =
    view.tree ??
    `${view.executionId}  ${view.contract ?? "draft"}  ${recordWord(view)}  requested by ${view.requester}`
  return [
    escapeText(head).trimEnd(),
    ...view.held.map((held) => `waits for ${heldText(held, page)}`),
    ...(view.inDoubt > 0
      ? ["in doubt: a step may have happened. Do not run it again; settle it with counterfoil exec resolve."]
      : []),
    ...(view.rejections === undefined ? [] : [rejectionsText(view.rejections)]),
    ...(view.failure === undefined ? [] : [`${view.failure.code}  ${escapeLine(view.failure.message)}`]),
    ...(view.output === undefined ? [] : [outputLine(view.output, page)]),
    `time  created ${view.createdAt}${view.endedAt === undefined ? "" : `, ended ${view.endedAt}`}`,
  ].join("\n")
}

/** A request by its id, with its step if that is an undo, and with its status if it has expired. */
function heldText({ approvalId, role, key, tier, status, expiresAt }: HeldStep, page: Page): string {
  const undo = role === "undo" ? ` (undo of ${escapeLine(key)})` : ""
  const time = status === "expired" ? statusWord(page, status) : `expires ${when(page, expiresAt)}`
  return `${shortId(page, approvalId)}${undo}, tier ${tier}, ${time}`
}

/** Characters of an output in a terminal; a pipe gets the whole output. */
const outputShown = 300

function outputLine(output: Json, page: Page): string {
  const text = escapeJson(JSON.stringify(output))
  return `output  ${page.terminal && text.length > outputShown ? `${text.slice(0, outputShown)}…  whole with --json` : text}`
}
