// One call of a built-in handler, and the ending that it is to reach.
// Owns: the form of a case, and how each ending looks to the agent. Does not own: the calls (beside this file).

import { expect } from "vitest"
import type { EffectClass, ExecutionView, StepView } from "@counterfoil/contracts"
import type { Input } from "../../support/handler-plane.ts"

/** A call and its ending: `succeeded`, or one that the handler declares. */
export interface EndingCase {
  readonly contract: string
  readonly ending: string
  readonly input: Input
  /** Done once people are asked, and before they approve. */
  readonly meanwhile?: () => void
  /** What else there is to see. */
  readonly shows?: (view: ExecutionView) => void
}

/** The requested step itself, and not the step that reads for it. */
export const callOf = (view: ExecutionView): StepView | undefined =>
  view.steps?.find(({ key }) => key === "call")

/** How an ending looks to the agent, for a contract of an effect class. */
export function expectEnding({ ending }: EndingCase, effect: EffectClass, view: ExecutionView): void {
  const { status, failure } = view
  const attempt = callOf(view)?.attempt
  switch (ending) {
    case "succeeded":
      expect([status, attempt]).toEqual(["completed", 1])
      return
    case "notSent":
      expect([status, failure?.code, attempt]).toEqual(["failed", "HANDLER_UNAVAILABLE", 3])
      return
    case "unknown":
      expect([status, failure?.code, attempt]).toEqual(afterUnknown[effect])
      return
    default: {
      const begins = ending.replace("*", "")
      expect([status, failure?.code, failure?.providerCode?.slice(0, begins.length)]).toEqual([
        "failed",
        "HANDLER_REJECTED",
        begins,
      ])
    }
  }
}

/**
 * The result of an unknown end (INV-03): a read is tried again and fails in the end; what may be repeated is repeated, and finds
 * its own effect; a probe finds it; anything else is in doubt and never sent again.
 */
const afterUnknown: Readonly<Record<EffectClass, readonly [string, string | undefined, number]>> = {
  pure: ["failed", "HANDLER_FAILED", 3],
  read: ["failed", "HANDLER_FAILED", 3],
  natural: ["completed", undefined, 2],
  keyed: ["completed", undefined, 2],
  probeable: ["completed", undefined, 1],
  unsafe: ["inDoubt", undefined, 1],
}
