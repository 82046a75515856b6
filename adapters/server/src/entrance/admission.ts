// Limits on concurrent calls or streams: in total, and per principal.
// Owns: the counts. Does not own: rates over time (rate-limit.ts), nor the calls and streams that are counted.

/** Admits the caller, or returns null at a limit. An admitted caller calls the returned function once, when it has finished. */
export interface Admission {
  enter(who: string): (() => void) | null
  readonly inside: number
}

/** An admission that allows `all` at once in total, and `each` per principal. */
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
