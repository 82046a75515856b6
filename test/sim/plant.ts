// Planting mutants: text is changed while it is loaded, so that no file carries switches.
// Owns: the change, and failing when its place is not found. Does not own: which mutants there are (mutants.ts).

import type { RegisterHooksOptions } from "node:module"

/** A small, wrong change of one file. `find` must stand in it exactly once. */
export interface Mutant {
  readonly id: string
  readonly says: string
  /** Path below the root. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The hook that plants them all. Throws when a text to change is missing, or occurs twice. */
export function plant(mutants: readonly Mutant[]): RegisterHooksOptions {
  return {
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      const here = mutants.filter(({ file }) => url.endsWith(`/${file}`))
      if (here.length === 0) return loaded
      const { source } = loaded
      const text = typeof source === "string" ? source : new TextDecoder().decode(source)
      return { ...loaded, source: here.reduce(changed, text) }
    },
  }
}

function changed(text: string, { id, file, find, replace }: Mutant): string {
  const found = text.split(find).length - 1
  if (found !== 1) throw new Error(`mutant ${id}: its text occurs ${found} times in ${file}`)
  return text.replace(find, () => replace)
}
