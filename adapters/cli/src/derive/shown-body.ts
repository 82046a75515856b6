// Turns a body of the server into something to show.
// A list stays a list. Does not own: its words for people.

import { type Json, isObject, listOf } from "@counterfoil/contracts"
import type { Shown } from "../command.ts"
import type { Page } from "../print/page.ts"

/** A body as the document for programs, with its text for people. */
export function shownBody(body: Json, text: (page: Page) => string): Shown {
  const document = isObject(body) ? body : { value: body }
  const { items } = document
  return { document, text, ...(Array.isArray(items) ? { items: listOf(items) } : {}) }
}
