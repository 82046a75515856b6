// Changing what decides everything else: policy, grants, principals. Each runs through the gate, with a trace of its own.
// Owns: those contracts. Does not own: tokens and keys (auth adapter: they are secrets and enter no trace, INV-13).

import { z } from "zod"
import {
  CapabilityName,
  Digest,
  GrantId,
  HumanId,
  PrincipalId,
  PrincipalKind,
  Reason,
  RoleName,
  Time,
  text,
} from "../primitives.ts"
import { mark } from "../schema/schema.ts"
import { ModeMap, PolicyLayer, PolicyText } from "../policy/policy-source.ts"
import { GrantScope } from "../policy/request.ts"
import { declareCommand } from "../define/define.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf, version } from "./meta.ts"
import { sampleIds } from "./sample-release.ts"

const governed = {
  version,
  path: "gate",
  effect: "natural",
  capability: "control-plane.governance",
  auth: { kinds: ["human"] },
} as const
const someone = sampleIds.agent

export const policyActivate = declareCommand({
  ...governed,
  name: "controlPlane.policy.activate",
  version: "1.2.0",
  meta: metaOf("policy", {
    title: "Activate policy",
    goal: "Change the rules that decide, with a second pair of eyes.",
    context:
      "Replaces one layer's texts, and the mode map where one is given; the layer freeze takes forbids alone. Refused when anything does not parse, validate or pass the linter, or when an owner could no longer change policy; the live set stays.",
    stability: "beta",
  }),
  input: z.strictObject({
    layer: mark(PolicyLayer.exclude(["base", "skill"]), ["policy"]),
    policyTexts: mark(z.array(PolicyText).max(50), ["counted"]),
    modeMap: ModeMap.extend({
      default: mark(ModeMap.shape.default, ["policy"]),
      overrides: mark(ModeMap.shape.overrides, ["counted"]),
      exceptions: mark(ModeMap.shape.exceptions, ["counted"]),
    }).optional(),
    /** The set that was read before; the activation is refused once another one is in force. */
    basedOn: Digest.optional(),
    reason: Reason,
  }),
  output: z.strictObject({ policySetDigest: Digest, activatedAt: Time }),
  emits: ["controlPlane.policy.activated@1"],
  errors: ["PLAN_INVALID"],
  http: { method: "POST", path: "/policy/activate" },
  preview: [
    { label: "layer", at: "/layer" },
    { label: "texts", at: "/policyTexts" },
    { label: "mode map", at: "/modeMap", absent: "as it is" },
    { label: "based on", at: "/basedOn", absent: "whatever is in force" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "an empty tenant layer",
      input: { layer: "freeze", policyTexts: [], reason: "the freeze is over" },
      output: answerExamples["policy.activate"],
    },
    {
      title: "modes with an exception, beside the tenant's rules",
      input: {
        layer: "tenant",
        policyTexts: [],
        modeMap: {
          format: "counterfoil.mode-map/1",
          default: { low: "autonomous", medium: "assist", high: "assist" },
          overrides: [],
          exceptions: [
            {
              contract: "crm.note.append@1",
              medium: "autonomous",
              owner: "crm",
              reason: "notes can be taken back",
              expires: "2027-01-31T00:00:00.000Z",
            },
          ],
        },
        reason: "notes need no one to look at them",
      },
      output: answerExamples["policy.activate"],
    },
    {
      title: "the base layer, which comes with the release",
      input: { layer: "base", policyTexts: [], reason: "no rules at all" },
      fails: "/layer",
    },
  ],
})

export const grantGive = declareCommand({
  ...governed,
  name: "controlPlane.grant.give",
  version: "1.1.0",
  resource: { kind: "principal", at: "/principal" },
  meta: metaOf("grant", {
    title: "Give a grant",
    goal: "Let a principal use a capability, or hold a role, until a stated time.",
    context:
      "Exactly one of capability and role. What is given is within one grant that the caller holds: level, contracts, resources and expiry. A role is given by who holds it or by an owner, for no longer than they hold that; founder by no one.",
    stability: "beta",
  }),
  input: z.strictObject({
    principal: PrincipalId,
    capability: mark(CapabilityName, ["policy"]).optional(),
    role: mark(RoleName, ["policy"]).optional(),
    principalKind: mark(PrincipalKind, ["policy"]),
    scope: mark(GrantScope, ["policy"]).optional(),
    expiresAt: mark(Time, ["dated"]),
    reason: Reason,
  }),
  checks: [
    {
      id: "one-of-capability-and-role",
      version: 1,
      says: "Exactly one of capability and role is given.",
      test: (input) =>
        (input.capability === undefined) === (input.role === undefined) ? ["/capability"] : [],
    },
  ],
  output: z.strictObject({ grantId: GrantId, givenAt: Time }),
  emits: ["controlPlane.grant.given@1"],
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/grants/give" },
  preview: [
    { label: "principal", at: "/principal" },
    { label: "kind", at: "/principalKind" },
    { label: "capability", at: "/capability" },
    { label: "role", at: "/role" },
    { label: "whose objects", at: "/scope/level", absent: "the holder's own; for a role, none" },
    { label: "contracts", at: "/scope/contracts", absent: "all of the capability; for a role, none" },
    { label: "resources", at: "/scope/resources", absent: "all; for a role, none" },
    { label: "until", at: "/expiresAt" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "let an agent submit",
      input: {
        principal: someone,
        principalKind: "agent",
        capability: "control-plane.core",
        scope: { level: "own" },
        expiresAt: "2026-12-21T00:00:00.000Z",
        reason: "release agent",
      },
      output: answerExamples["grant.give"],
    },
    {
      title: "neither a capability nor a role",
      input: {
        principal: someone,
        principalKind: "agent",
        expiresAt: "2026-12-21T00:00:00.000Z",
        reason: "release agent",
      },
      fails: "/capability",
    },
  ],
})

export const grantRevoke = declareCommand({
  ...governed,
  name: "controlPlane.grant.revoke",
  meta: metaOf("grant", {
    title: "Revoke a grant",
    goal: "Take a capability or role back; it counts from the next decision on.",
    context: "Never held: safety acts at once. Steps already dispatched are not recalled.",
    stability: "beta",
  }),
  input: z.strictObject({ grantId: GrantId, reason: Reason }),
  output: z.strictObject({ grantId: GrantId, revokedAt: Time }),
  emits: ["controlPlane.grant.revoked@1"],
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/grants/revoke" },
  preview: [
    { label: "grant", at: "/grantId" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "left the team",
      input: { grantId: sampleIds.grant, reason: "left the team" },
      output: answerExamples["grant.revoke"],
    },
    { title: "without a reason", input: { grantId: sampleIds.grant }, fails: "/reason" },
  ],
})

export const principalAdd = declareCommand({
  ...governed,
  name: "controlPlane.principal.add",
  version: "1.2.0",
  meta: metaOf("principal", {
    title: "Add a principal",
    goal: "Make a human, service, agent or tool known to the tenant.",
    context:
      "It holds nothing until it is given a grant, and cannot sign in until it is given a token. A service, agent or tool has an owner: the caller, unless another person is named. A name is of one script, holds nothing that does not print, and looks like no other of the tenant.",
    stability: "beta",
  }),
  input: z.strictObject({
    kind: mark(PrincipalKind, ["policy"]),
    name: text(80, 1),
    owner: mark(HumanId, ["policy"]).optional(),
    reason: Reason,
  }),
  output: z.strictObject({ principalId: PrincipalId, owner: HumanId.optional(), addedAt: Time }),
  emits: ["controlPlane.principal.added@1"],
  errors: ["NAME_TAKEN"],
  http: { method: "POST", path: "/principals/add" },
  preview: [
    { label: "kind", at: "/kind" },
    { label: "name", at: "/name" },
    { label: "owner", at: "/owner", absent: "the caller; a person has none" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "an agent",
      input: { kind: "agent", name: "release-agent", reason: "cuts our releases" },
      output: answerExamples["principal.add"],
    },
    {
      title: "an unknown kind",
      input: { kind: "robot", name: "release-agent", reason: "cuts our releases" },
      fails: "/kind",
    },
  ],
})

export const principalDisable = declareCommand({
  ...governed,
  name: "controlPlane.principal.disable",
  meta: metaOf("principal", {
    title: "Disable a principal",
    goal: "A principal stops counting, as caller and as reviewer, at once.",
    context: "Never held: safety acts at once. Its history stays.",
    stability: "beta",
  }),
  input: z.strictObject({ principalId: PrincipalId, reason: Reason }),
  output: z.strictObject({ principalId: PrincipalId, disabledAt: Time }),
  emits: ["controlPlane.principal.disabled@1"],
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/principals/disable" },
  preview: [
    { label: "principal", at: "/principalId" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "retired",
      input: { principalId: someone, reason: "replaced by another agent" },
      output: answerExamples["principal.disable"],
    },
    {
      title: "by name",
      input: { principalId: "release-agent", reason: "replaced by another agent" },
      fails: "/principalId",
    },
  ],
})

export const principalEnable = declareCommand({
  ...governed,
  name: "controlPlane.principal.enable",
  resource: { kind: "principal", at: "/principalId" },
  meta: metaOf("principal", {
    title: "Enable a principal",
    goal: "A principal that was disabled counts again, with the grants and roles that it still holds.",
    context:
      "For a principal that was disabled by mistake, or until an incident was over. What was revoked or ran out meanwhile is not given back.",
    stability: "beta",
  }),
  input: z.strictObject({ principalId: mark(PrincipalId, ["policy"]), reason: Reason }),
  output: z.strictObject({ principalId: PrincipalId, enabledAt: Time }),
  emits: ["controlPlane.principal.enabled@1"],
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/principals/enable" },
  preview: [
    { label: "principal", at: "/principalId" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "the incident is over",
      input: { principalId: someone, reason: "the incident is over" },
      output: answerExamples["principal.enable"],
    },
    {
      title: "by name",
      input: { principalId: "release-agent", reason: "the incident is over" },
      fails: "/principalId",
    },
  ],
})
