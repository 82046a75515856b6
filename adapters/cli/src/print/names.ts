// The names of principals, for lists that people read.
// Does not own: reading them (net/principal-names.ts). A name is what an owner gave; it is escaped here.

import { nameText } from "@counterfoil/contracts"
import type { Page } from "./page.ts"
import { shortId } from "./words.ts"

/** Names by id; empty where the caller may not read them. */
export type Names = ReadonlyMap<string, string>

/** No names. */
export const noNames: Names = new Map()

/** The name of a principal, or its id where the name is not known. */
export function nameOr(page: Page, names: Names, id: string): string {
  const name = names.get(id)
  return name === undefined ? shortId(page, id) : nameText(name)
}
