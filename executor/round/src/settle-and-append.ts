// The round that gate and worker share: settle what is due, append it, and keep permits only for what was written.
// Owns: that order. Does not own: how the draft began (advance.ts, the gate), nor the calls that follow.
// Keeps INV-01: a start whose append was not answered as durable is not called, and its permit is free again.

import type { Append, AppendAnswer } from "@counterfoil/contracts/ports"
import { giveBack, settle, type Settled, type SettleOptions } from "./settle.ts"
import type { Transition } from "./transition.ts"
import type { World } from "./world.ts"

/** How to settle, and what the append creates beside its entries: null for an execution that exists. */
export interface RoundOptions extends Omit<SettleOptions, "policies"> {
  readonly create: Append["create"]
}

/** The settled work, and the answer to its append; null when nothing was due, so nothing was written. */
export interface Appended {
  readonly settled: Settled
  readonly answer: AppendAnswer | null
}

/** Settles a draft under the activated policy and appends it. */
export async function settleAndAppend(
  world: World,
  draft: Transition,
  { create, ...options }: RoundOptions,
): Promise<Appended> {
  const policies = await world.policies(draft.execution().tenant)
  const settled = await settle(world, draft, { ...options, policies })
  if (draft.isEmpty()) return { settled, answer: null }
  const append = draft.append({ wakeAt: settled.wakeAt, create })
  const answer = await world.store.append(append).catch((error: unknown) => {
    giveBack(settled.starts)
    throw error
  })
  if (answer.kind !== "appended") giveBack(settled.starts)
  return { settled, answer }
}
