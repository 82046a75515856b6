// The way into `planner`: an intent becomes a draft, a draft becomes a plan or a list of rejections.

export { compilePlan, deadlineMsMax, intentOf } from "./compile-plan.ts"
export type { CompiledPlan, PlanQuestion } from "./compile-plan.ts"
export { explainPlan } from "./explain-plan.ts"
export type { StepVerdict } from "./explain-plan.ts"
export { interpretIntent, singleStepDraft } from "./interpret-intent.ts"
export type { IntentQuestion } from "./interpret-intent.ts"
export { parseDraft } from "./parse-draft.ts"
export type {
  PlannerCallable,
  PlannerContract,
  PlannerContracts,
  PlannerIntent,
} from "./planner-contracts.ts"
