// A bundle as a story for people: who requested what, which rule held it, who approved it when, and what happened.
// Does not own: whether it is true; the first line has the result of the verification (print/verification.ts).

import { escapeLine, type Json, isObject } from "@counterfoil/contracts"
import { aligned } from "./columns.ts"
import { stepNamed, wordsOfEntry } from "./entry-words.ts"
import type { Page } from "./page.ts"
import { shortId } from "./words.ts"

/** An entry of a story. */
export interface StoryEntry {
  readonly seq: number
  readonly time: string
  readonly kind: string
  readonly by: string
  readonly payload: Json | undefined
}

/** The step of each request; a review names only the request. */
export function stepsOfRequests(
  entries: readonly { readonly payload?: Json | undefined }[],
): ReadonlyMap<string, string> {
  const none: ReadonlyMap<string, string> = new Map()
  return new Map(
    entries.flatMap(({ payload }) =>
      isObject(payload) && typeof payload["approvalId"] === "string" && typeof payload["key"] === "string"
        ? [[payload["approvalId"], stepNamed(payload, none)] as const]
        : [],
    ),
  )
}

/** One line per entry: when, which step, who, and what. */
export function storyText(entries: readonly StoryEntry[], page: Page): string {
  const steps = stepsOfRequests(entries)
  return aligned(
    entries.map((entry) => {
      const { step, says } = wordsOfEntry(entry, page, steps)
      return [String(entry.seq), escapeLine(entry.time), step, shortId(page, entry.by), says]
    }),
  )
}
