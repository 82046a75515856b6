// What a trace says about approvals, as far as it was read: the requester, the plan, the verdict that binds each step, each request.
// Does not own: carrying it on by an entry, nor whether the entry may be there (approvals.ts, starts.ts).

import type { Approval } from "./approval-state.ts"
import { checkAsked, type AskedIntent, type Planned, type Stated } from "./decisions.ts"
import type { JsonObject } from "./json.ts"
import type { Entry } from "./read-lines.ts"

/** Everything that approvals are about, as far as the trace was read. */
export interface Story {
  readonly asked: AskedIntent
  planned: Planned | null
  /** The last verdict that binds each step, by the step's id. */
  readonly verdicts: Map<string, Stated>
  readonly approvals: Map<string, Approval>
  /** The last request of each step, by the step's id: no other one of the step can be open. */
  readonly lastOf: Map<string, string>
  readonly nonces: Set<string>
}

/** The story before anything but the intent was read. */
export const storyOf = (header: JsonObject, entries: readonly Entry[]): Story => ({
  asked: checkAsked(header, entries[0]),
  planned: null,
  verdicts: new Map(),
  approvals: new Map(),
  lastOf: new Map(),
  nonces: new Set(),
})
