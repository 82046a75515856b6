// A bundle as a story for people: who asked for what, which rule held it, who approved when, and what happened.
// Does not own: whether any of it is true; what verifying found is the first line (print/verification.ts).

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

/** The steps of requests, by the request: reviews name only the request. */
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

/** One line an entry: when, which step, who, and what. */
export function storyText(entries: readonly StoryEntry[], page: Page): string {
  const steps = stepsOfRequests(entries)
  return aligned(
    entries.map((entry) => {
      const { step, says } = wordsOfEntry(entry, page, steps)
      return [String(entry.seq), escapeLine(entry.time), step, shortId(page, entry.by), says]
    }),
  )
}
