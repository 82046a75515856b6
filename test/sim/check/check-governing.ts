// What must hold of changes of the rules that are made at once: each counts once, and none takes another back.
// Owns: these checks, made from the moves that the database saw and the answers that administrators got. Does not own: what rules say.

import type { Activation } from "../book.ts"
import { each, type Check } from "./inspected.ts"

const first = { tenant: "tenant-0", freeze: "freeze-0" } as const
const layers = ["tenant", "freeze"] as const

const alone: Check = {
  name: "an activation changes its own layer, once, and no other",
  shows: "INV-02",
  run: ({ facts: { book } }) => {
    const known = new Set<string>(Object.values(first))
    let before: Readonly<Record<"tenant" | "freeze", string>> = first
    return each(book.moves, ({ layers: after }) => {
      const changed = layers.filter((layer) => after[layer] !== before[layer]).map((layer) => after[layer])
      before = after
      const [name] = changed
      if (name === undefined || changed.length > 1)
        return `${changed.length} layers changed at once: ${changed.join(", ")}`
      if (known.has(name)) return `${name} is back`
      known.add(name)
      return null
    })
  },
}

const inForce: Check = {
  name: "an activation that was answered as done is in force until another of its layer is",
  shows: "INV-02",
  run: ({ facts: { book } }) => {
    const moves = new Set(book.moves.flatMap(({ layers: after }) => Object.values(after)))
    const done = book.activations.filter(({ heard }) => heard === "succeeded")
    return each(done, ({ name }: Activation) => (moves.has(name) ? null : `${name} was never in force`))
  },
}

/** The checks of governing. */
export const governingChecks: readonly Check[] = [alone, inForce]
