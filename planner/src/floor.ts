// The tier below which no verdict on a step can be.
// Owns: class floor, own floor, the one raise by taint. Does not own: what policy makes of it.
// Keeps INV-05: a floor comes from the contract and the flow of values, never from a draft.

import { classFloor, higherTier, raiseTier, type Tier } from "@counterfoil/contracts"
import type { PlannerCallable } from "./planner-contracts.ts"

/** The higher of class floor and the contract's own floor, one tier higher when something tainted reaches a target. */
export function floorOf(
  contract: Pick<PlannerCallable, "effect" | "irreversible" | "floor">,
  tainted: boolean,
): Tier {
  const floor = higherTier(classFloor(contract.effect, contract.irreversible), contract.floor ?? "low")
  return tainted ? raiseTier(floor) : floor
}
