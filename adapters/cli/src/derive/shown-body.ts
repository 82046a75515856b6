// A body as something to show.
// Owns: that a list stays a list. Does not own: how it reads.

import { type Json, isObject, listOf } from "@counterfoil/contracts"
import type { Shown } from "../command.ts"
import type { Page } from "../print/page.ts"

/** A body as a program sees it, with how it reads for people. */
export function shownBody(body: Json, text: (page: Page) => string): Shown {
  const document = isObject(body) ? body : { value: body }
  const { items } = document
  return { document, text, ...(Array.isArray(items) ? { items: listOf(items) } : {}) }
}
