// Makes a person owner of a tenant that has no owner, from the machine that has the login of the database's owner.
// Does not own: who may, which no rule of the tenant says: the program on that machine alone does it (`counterfoil owner recover`).

import { z } from "zod"
import { declareCommand } from "../define/define.ts"
import { mark } from "../schema/schema.ts"
import { Digest, HumanId, PrincipalId, Reason, text, Time } from "../primitives.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf, version } from "./meta.ts"
import { sampleIds } from "./sample-release.ts"

export const ownerRecover = declareCommand({
  name: "controlPlane.owner.recover",
  version,
  path: "gate",
  effect: "natural",
  capability: "control-plane.governance",
  auth: { kinds: ["service"] },
  meta: metaOf("principal", {
    title: "Recover an owner",
    goal: "A tenant whose owners are gone, or are shut out by its policy, has an owner who can change it again.",
    context:
      "Only `counterfoil owner recover` does this, with the login of the database's owner. A request over a channel is refused, even where rules permit it.",
    stability: "beta",
  }),
  input: z.strictObject({
    principal: mark(HumanId, ["policy"]).optional(),
    name: mark(text(80, 1), ["policy"]).optional(),
    policy: mark(z.enum(["keep", "shipped"]), ["policy"]),
    reason: Reason,
  }),
  checks: [
    {
      id: "one-of-principal-and-name",
      version: 1,
      says: "Exactly one of `principal` and `name` is given.",
      test: (input) => ((input.principal === undefined) === (input.name === undefined) ? ["/principal"] : []),
    },
  ],
  output: z.strictObject({ principalId: PrincipalId, policySetDigest: Digest, recoveredAt: Time }),
  emits: ["controlPlane.owner.recovered@1"],
  errors: ["NOT_FOUND", "NAME_TAKEN"],
  preview: [
    { label: "person", at: "/principal", absent: "a new one" },
    { label: "name", at: "/name", absent: "as it is" },
    { label: "policy", at: "/policy" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "the only owner left",
      input: { principal: sampleIds.owner, policy: "keep", reason: "her token is lost, and so is her role" },
      output: answerExamples["owner.recover"],
    },
    {
      title: "neither a person nor a name",
      input: { policy: "keep", reason: "there is no owner any more" },
      fails: "/principal",
    },
  ],
})
