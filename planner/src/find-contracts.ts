// Stage 3: the contract that each step names, or why it cannot be a step.
// Owns: look-up, versions, retirement, what a plan may call. Does not own: grants (stage 6).
// Keeps INV-12: plans cannot steer executions, under any name in a draft.

import type { CapabilityName, ContractRef, PlanDraft, PlanRejection, Time } from "@counterfoil/contracts"
import { didYouMean } from "./nearest-names.ts"
import type { PlannerCallable, PlannerContract, PlannerContracts } from "./planner-contracts.ts"
import { rejection } from "./rejection.ts"

/** The facts that a step's contract is judged by. `direct` is the contract that was submitted itself, if one was. */
interface ContractQuestion {
  readonly contracts: PlannerContracts
  readonly held: ReadonlySet<CapabilityName>
  readonly direct: ContractRef | null
  readonly asOf: Time
}

/** The contract of each step, in the draft's order, as far as they were found. */
export function findContracts(
  draft: PlanDraft,
  question: ContractQuestion,
): { readonly found: readonly PlannerCallable[]; readonly problems: readonly PlanRejection[] } {
  const found: PlannerCallable[] = []
  const problems: PlanRejection[] = []
  for (const [index, { contract: ref }] of draft.steps.entries()) {
    const at = `/steps/${index}/contract`
    const contract = question.contracts.find(ref)
    const answer = contract === undefined ? unknown(ref, at, question) : callableAt(contract, at, question)
    if ("code" in answer) problems.push(answer)
    else found.push(answer)
  }
  return { found, problems }
}

function callableAt(
  contract: PlannerContract,
  at: string,
  { direct, asOf }: ContractQuestion,
): PlannerCallable | PlanRejection {
  const { ref } = contract
  if (contract.kind === "event" || contract.kind === "intent") {
    return rejection(
      "CONTRACT_NOT_INVOCABLE",
      at,
      `${ref} is an ${contract.kind}; a step calls a command or a query.`,
    )
  }
  if (
    contract.path === "control" ||
    contract.path === "read" ||
    (contract.path === "gate" && direct !== ref)
  ) {
    return rejection(
      "CONTRACT_CONTROL",
      at,
      `${ref} acts on the control plane; plans cannot steer executions.`,
    )
  }
  const deprecation = contract.meta.deprecation
  if (deprecation !== undefined && asOf.slice(0, dateLength) > deprecation.removeAfter) {
    return rejection(
      "CONTRACT_RETIRED",
      at,
      `${ref} was retired after ${deprecation.removeAfter}.`,
      `Use ${deprecation.replacedBy}.`,
    )
  }
  return contract
}

// A date as `2026-11-21`; dates of this form compare as text.
const dateLength = 10

function unknown(ref: string, at: string, { contracts, held }: ContractQuestion): PlanRejection {
  const name = ref.split("@")[0] ?? ""
  const majors = contracts.majorsOf(name)
  if (majors.length > 0)
    return rejection(
      "CONTRACT_VERSION",
      at,
      "This major version does not exist.",
      `There is ${majors.join(", ")}.`,
    )
  const usable = contracts.contracts.flatMap((contract) =>
    (contract.kind === "command" || contract.kind === "query") &&
    contract.path === "step" &&
    held.has(contract.capability)
      ? [contract.ref]
      : [],
  )
  return rejection(
    "CONTRACT_UNKNOWN",
    at,
    "No contract has this name.",
    didYouMean(ref, usable, suggestionsMax),
  )
}

const suggestionsMax = 3
