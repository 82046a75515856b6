// What the planner reads of contracts: a narrow view, so that replay can compile from stored contract documents.
// Owns: the view alone. The registry of `contracts` already has this form.

import type {
  Callable,
  Check,
  ContractRef,
  Digest,
  Duration,
  Intent,
  JsonObject,
  JsonSchema,
} from "@counterfoil/contracts"

interface Named {
  readonly name: string
  readonly ref: ContractRef
  readonly version: Callable["version"]
  readonly digest: Digest
  readonly meta: {
    readonly deprecation?: { readonly removeAfter: string; readonly replacedBy: string } | undefined
  }
}

/**
 * A command or query as a step can call it. `input` and `checks` are the code of the contract: with them a literal
 * input is parsed as its handler will see it. A contract from a document has neither and is judged by its schema alone.
 */
export interface PlannerCallable
  extends
    Named,
    Pick<
      Callable,
      | "inputSchema"
      | "outputSchema"
      | "capability"
      | "resource"
      | "path"
      | "effect"
      | "irreversible"
      | "floor"
    > {
  readonly kind: "command" | "query"
  readonly undo: { readonly contract: ContractRef; readonly input: JsonObject } | null
  /** The query that reads what the command acts on, and the field of the command's input that holds it. */
  readonly observes: {
    readonly contract: ContractRef
    readonly input: JsonObject
    readonly at: string
  } | null
  readonly limits: Pick<Callable["limits"], "deadline" | "attempts">
  readonly input?: Callable["input"]
  readonly checks?: readonly Check<unknown>[]
}

/** An intent contract: the planner reads what its input and output look like, and how long its work may take. */
export interface PlannerIntent extends Named, Pick<Intent, "capability"> {
  readonly kind: "intent"
  readonly inputSchema: JsonSchema
  readonly outputSchema: JsonSchema
  readonly deadline: Duration
}

/** Any contract that a name in a draft can lead to. Events cannot be steps; they are here to be refused by name. */
export type PlannerContract = PlannerCallable | PlannerIntent | (Named & { readonly kind: "event" })

/** The contracts that a plan is compiled against. `contracts` lists them all, for hints. */
export interface PlannerContracts {
  readonly contracts: readonly PlannerContract[]
  find(ref: string): PlannerContract | undefined
  majorsOf(name: string): readonly ContractRef[]
}
