// A step's undo: the command that its contract declares, with its input written out for this plan.
// Owns: what an undo may be, and that its input fits. Does not own: writing the declared template
// out (written-out.ts), nor when an undo runs (executor).

import {
  err,
  ok,
  type ContractRef,
  type Json,
  type PlanRejection,
  type PlanUndo,
  type Result,
} from "@counterfoil/contracts"
import { checkInput, wholePlace } from "./check-input.ts"
import { type Surroundings } from "./surroundings.ts"
import { floorOf } from "./floor.ts"
import type { Flow } from "./navigate.ts"
import type { PlannerCallable, PlannerContracts } from "./planner-contracts.ts"
import { inputTypeOf } from "./read-state.ts"
import { rejection } from "./rejection.ts"
import { writtenOut } from "./written-out.ts"

/** The step whose undo is asked for: its contract, its compiled input and what its input may refer to. */
interface UndoneStep {
  readonly key: string
  readonly contract: PlannerCallable
  readonly input: Json
  readonly output: Flow
  readonly around: Surroundings
}

/** The undo of a step as the plan holds it. Errors: UNDO_UNAVAILABLE, UNDO_INVALID. */
export function checkUndo(
  step: UndoneStep,
  contracts: PlannerContracts,
  at: string,
): Result<PlanUndo, readonly PlanRejection[]> {
  const declared = step.contract.undo
  const refuse = (why: string) => err([rejection("UNDO_INVALID", at, why)])
  if (declared === null)
    return err([rejection("UNDO_UNAVAILABLE", at, `${step.contract.ref} declares no undo.`)])
  const contract = callable(contracts, declared.contract)
  if (contract === null) return refuse(`The undo ${declared.contract} is not a command that a plan can call.`)
  if (contract.effect === "unsafe") return refuse(`The undo ${declared.contract} is unsafe itself.`)
  const input = writtenOut(declared.input, step)
  if (input === undefined)
    return refuse("The declared undo refers to something other than the step's own input and output.")
  const own = new Map([...step.around.outputs, [step.key, { flow: step.output, fanOut: false }]])
  const checked = checkInput(input, wholePlace(inputTypeOf(contract), at), {
    ...step.around,
    own: null,
    outputs: own,
  })
  const [first] = checked.problems
  if (first !== undefined) return refuse(`The undo's input does not fit: ${first.message}`)
  return ok({
    contract: contract.ref,
    version: contract.version,
    contractDigest: contract.digest,
    effect: contract.effect,
    capability: contract.capability,
    floor: floorOf(contract, checked.taint.length > 0),
    input,
  })
}

function callable(contracts: PlannerContracts, ref: ContractRef): PlannerCallable | null {
  const contract = contracts.find(ref)
  return contract?.kind === "command" && contract.path === "step" ? contract : null
}
