// Policy tests as data: what a rule set must answer, kept beside the rules as `*.policy-test.json`.
// Owns: the form. Does not own: running them (policy). A case that asserts a decision alone has no form here.

import { z } from "zod"
import {
  AnyJson,
  Assurance,
  BlockReason,
  Channel,
  ContractRef,
  Environment,
  JsonPointer,
  Label,
  Mode,
  Origin,
  PrincipalKind,
  RoleName,
  RuleId,
  Tier,
  Time,
  text,
  type Immutable,
} from "../primitives.ts"
import { Obligations } from "./verdict.ts"

const TestPrincipal = z.strictObject({
  kind: PrincipalKind,
  roles: z.array(RoleName).max(20).optional(),
  /** False for a principal without a grant for the contract's capability. */
  granted: z.boolean().optional(),
})

const allowed = {
  tier: Tier,
  mode: Mode.optional(),
  determining: z.array(RuleId).min(1),
}

/** One case. An answer is asserted with its causes: rules for yes, reason and forbids for no, obligations for a hold. */
export const PolicyTestCase = z.strictObject({
  name: text(200, 3),
  principal: TestPrincipal,
  onBehalfOf: TestPrincipal.optional(),
  contract: ContractRef,
  input: AnyJson,
  taint: z.array(JsonPointer).optional(),
  environment: Environment.optional(),
  minimumMode: z.enum(["autonomous", "assist"]).optional(),
  call: z
    .strictObject({
      channel: Channel.optional(),
      assurance: Assurance.optional(),
      origin: Origin.optional(),
      labels: z.array(Label).optional(),
      planSteps: z.int().min(0).optional(),
      now: Time.optional(),
    })
    .optional(),
  expect: z.discriminatedUnion("decision", [
    z.strictObject({ decision: z.literal("allow"), ...allowed }),
    z.strictObject({
      decision: z.literal("hold"),
      ...allowed,
      obligations: Obligations.partial().refine((given) => Object.keys(given).length > 0),
    }),
    z.strictObject({ decision: z.literal("deny"), blockReason: BlockReason, forbids: z.array(RuleId) }),
  ]),
})
export type PolicyTestCase = Immutable<z.infer<typeof PolicyTestCase>>

/** The content of one `*.policy-test.json`. */
export const PolicyTest = z.strictObject({
  format: z.literal("counterfoil.policy-test/1"),
  cases: z.array(PolicyTestCase).min(1).max(1_000),
})
export type PolicyTest = Immutable<z.infer<typeof PolicyTest>>
