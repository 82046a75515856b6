// How many columns a terminal shows a text in.
// Owns: that the data of other scripts is loaded only for a text that has some: it takes 30 ms, and most lists have none.

import { createRequire } from "node:module"
import type stringWidth from "string-width"

/** Columns that a terminal needs for a text of one line; escapes of colours need none. */
export function shownWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : wide(text)
}

type Measure = (text: string) => number
let measure: Measure | null = null

function wide(text: string): number {
  measure ??= loaded()
  return measure(text)
}

function loaded(): Measure {
  const load: (name: string) => { readonly default: typeof stringWidth } = createRequire(import.meta.url)
  return load("string-width").default
}
