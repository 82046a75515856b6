// Planting a mutant: production text is changed while it is loaded, so that production files carry no switches.
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

/** The hook that plants a mutant. Throws when the text to change is not there, or is there twice. */
export function plant({ id, file, find, replace }: Mutant): RegisterHooksOptions {
  return {
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(`/${file}`)) return loaded
      const { source } = loaded
      const text = typeof source === "string" ? source : new TextDecoder().decode(source)
      const found = text.split(find).length - 1
      if (found !== 1) throw new Error(`mutant ${id}: its text stands ${found} times in ${file}`)
      return { ...loaded, source: text.replace(find, () => replace) }
    },
  }
}
