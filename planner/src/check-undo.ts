// A step's undo: the command that its contract declares, with its input written out for this plan.
// Owns: rewriting the declared template to the compiled input and the step's own output (planning.md section 6).
// Does not own: when an undo runs (executor).

import {
  err,
  formOf,
  formatPointer,
  isList,
  ok,
  parsePointer,
  readPointer,
  type ContractRef,
  type FromForm,
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
import { rejection } from "./rejection.ts"
import { typeOf } from "@counterfoil/contracts/shape"

/** The step whose undo is asked for: its contract, its compiled input and what its input may refer to. */
export interface UndoneStep {
  readonly key: string
  readonly contract: PlannerCallable
  readonly input: Json
  readonly output: Flow
  readonly around: Surroundings
}

/** The undo of a step as it stands in the plan. Errors: UNDO_UNAVAILABLE, UNDO_INVALID. */
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
  if (contract === null) return refuse(`The undo ${declared.contract} is no command that a plan can call.`)
  if (contract.effect === "unsafe") return refuse(`The undo ${declared.contract} is unsafe itself.`)
  const input = writtenOut(declared.input, step)
  if (input === undefined)
    return refuse("The declared undo refers to something other than the step's own input and output.")
  const own = new Map([...step.around.outputs, [step.key, { flow: step.output, fanOut: false }]])
  const checked = checkInput(input, wholePlace(typeOf(contract.inputSchema), at), {
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

// In a declared undo, `$from` is `input` or `output` of the step that it undoes.
function writtenOut(template: Json, step: UndoneStep): Json | undefined {
  if (template === null || typeof template !== "object") return template
  if (isList(template)) {
    const items = template.map((item) => writtenOut(item, step))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const form = formOf(template)
  if (form === null || form.kind === "text") {
    const members = Object.entries(template).map(
      ([name, member]) => [name, writtenOut(member, step)] as const,
    )
    const present = members.flatMap(([name, member]): readonly (readonly [string, Json])[] =>
      member === undefined ? [] : [[name, member]],
    )
    return present.length === members.length ? Object.fromEntries(present) : undefined
  }
  if (form.kind !== "from") return form.kind === "literal" || form.kind === "secret" ? template : undefined
  if (form.step === "output") return { ...template, $from: step.key }
  return form.step === "input" ? (fromInput(step.input, form) ?? form.default) : undefined
}

// A pointer that leads into a reference goes on inside what that reference names.
function fromInput(input: Json, { at }: FromForm): Json | undefined {
  const parsed = parsePointer(at)
  const path = parsed.ok ? parsed.value : []
  for (const [index, segment] of [...path, null].entries()) {
    const found = readPointer(input, formatPointer(path.slice(0, index)))
    if (!found.ok) return undefined
    const value = found.value
    if (segment === null) return value
    const form = value !== null && typeof value === "object" && !isList(value) ? formOf(value) : null
    if (form === null) continue
    return further(form, value, formatPointer(path.slice(index)))
  }
  return undefined
}

function further(form: NonNullable<ReturnType<typeof formOf>>, value: Json, rest: string): Json | undefined {
  if (form.kind === "item") return { $item: form.at + rest }
  if (form.kind === "literal") {
    const found = readPointer(form.value, rest)
    return found.ok ? { $literal: found.value } : undefined
  }
  // A default is a value for the whole place, so a part of it cannot be taken before it is known.
  if (form.kind !== "from" || form.default !== undefined || value === null) return undefined
  return { $from: form.step, at: form.at + rest }
}
