// Prints one event of a trace on one line.
// Owns: which facts are shown. Does not own: the event (CloudEvents, contracts).

import { escapeLine, type Json, type JsonObject, isObject } from "@counterfoil/contracts"
import type { Page } from "./page.ts"
import { shortId } from "./words.ts"

/** The facts shown after the kind, in this order, if the event has them. */
const shown = ["key", "status", "decision", "tier", "approvalId", "human", "because", "reason", "code"]

/** Time, execution, kind, and the facts about the step and its result. */
export function eventText(event: JsonObject, page: Page): string {
  const data = isObject(event["data"]) ? event["data"] : {}
  const facts = shown.flatMap((name) => {
    const value = data[name]
    return typeof value === "string"
      ? [name.endsWith("Id") || name === "human" ? shortId(page, value) : escapeLine(value)]
      : []
  })
  return [
    text(event["time"]).slice(11, 23),
    shortId(page, text(event["subject"])),
    escapeLine(text(event["type"]).replace(/^controlPlane\./, "")),
    ...facts,
  ].join("  ")
}
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "–")
