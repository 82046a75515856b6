// How many may be inside at once: all together, and of one principal.
// Owns: the count. Does not own: rates over time (the rate limiter), nor what is inside (calls, streams).

/** Lets in, or answers null; whoever was let in says once when it is out. */
export interface Admission {
  enter(who: string): (() => void) | null
  readonly inside: number
}

/** An admission with room for `all`, and for `each` of one principal. */
export function openAdmission({ all, each }: { readonly all: number; readonly each: number }): Admission {
  const of = new Map<string, number>()
  let inside = 0
  return {
    get inside() {
      return inside
    },
    enter: (who) => {
      const own = of.get(who) ?? 0
      if (inside >= all || own >= each) return null
      inside += 1
      of.set(who, own + 1)
      let left = false
      return () => {
        if (left) return
        left = true
        inside -= 1
        const rest = (of.get(who) ?? 1) - 1
        if (rest === 0) of.delete(who)
        else of.set(who, rest)
      }
    },
  }
}
