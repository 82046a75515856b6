// One event of a trace on one line.
// Owns: which facts of it people want to see as it happens. Does not own: the event (CloudEvents, contracts).

import { escapeLine, type Json, type JsonObject, isObject } from "@counterfoil/contracts"
import type { Page } from "./page.ts"
import { shortId } from "./words.ts"

/** Facts shown behind a kind, in this order, where an event has them. */
const shown = ["key", "status", "decision", "tier", "approvalId", "human", "because", "reason", "code"]

/** Time, execution, kind, and the facts that say which step and how it went. */
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
