// Gives owners a capability that came with other contracts, because no one holds it yet and so no one could give it.
// Does not own: when that is asked for, which the installation does by itself when a process starts with a new capability.

import { z } from "zod"
import { declareCommand } from "../define/define.ts"
import { mark } from "../schema/schema.ts"
import { CapabilityName, GrantId, HumanId, Reason, Time } from "../primitives.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf, version } from "./meta.ts"
import { sampleIds } from "./sample-release.ts"

const introduced = {
  principal: sampleIds.owner,
  capability: "payments.write",
  scope: { level: "tenant" },
  expiresAt: "2027-11-21T00:00:00.000Z",
  reason: "it came with the contracts of this start",
} as const

export const capabilityIntroduce = declareCommand({
  name: "controlPlane.capability.introduce",
  version,
  path: "gate",
  effect: "natural",
  capability: "control-plane.governance",
  auth: { kinds: ["service"] },
  meta: metaOf("grant", {
    title: "Introduce a capability",
    goal: "An owner holds a capability that came with other contracts, and can give it on.",
    context:
      "The installation itself asks for it when a process starts with a capability that the contracts in force did not have, for each owner who lacks it. A request of any other caller is refused, even where rules permit it.",
    stability: "beta",
  }),
  input: z.strictObject({
    principal: mark(HumanId, ["policy"]),
    capability: mark(CapabilityName, ["policy"]),
    scope: mark(z.strictObject({ level: z.literal("tenant") }), ["policy"]),
    expiresAt: mark(Time, ["dated"]),
    reason: Reason,
  }),
  output: z.strictObject({ grantId: GrantId, givenAt: Time }),
  emits: ["controlPlane.grant.given@1"],
  errors: ["NOT_FOUND"],
  preview: [
    { label: "owner", at: "/principal" },
    { label: "capability", at: "/capability" },
    { label: "whose objects", at: "/scope/level" },
    { label: "until", at: "/expiresAt" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "payments came with this release",
      input: introduced,
      output: answerExamples["capability.introduce"],
    },
    {
      title: "of less than the tenant",
      input: { ...introduced, scope: { level: "own" } },
      fails: "/scope/level",
    },
  ],
})
