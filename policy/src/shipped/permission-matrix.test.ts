import { describe, expect, test } from "vitest"
import {
  addMs,
  controlPlaneCallables,
  defaultModeMap,
  type Callable,
  type Json,
} from "@counterfoil/contracts"
import { ids, memberOf, now, outside, requestOf, setOf } from "../../test/world.ts"
import { defaultPolicySource } from "./default-policy-source.ts"

const dayMs = 86_400_000
const inAMonth = addMs(now, 30 * dayMs)
const set = setOf(defaultPolicySource())
const callers = {
  "human": [memberOf(ids.mia)],
  "approver": [memberOf(ids.mia, ["approver"])],
  "owner": [memberOf(ids.mia, ["owner"])],
  "founder": [memberOf(ids.mia, ["founder", "owner"])],
  "service": [memberOf(ids.cron)],
  "agent": [memberOf(ids.bot)],
  "agent for owner": [memberOf(ids.bot), memberOf(ids.mia, ["owner"])],
  "tool": [memberOf(ids.hammer)],
} as const

/** Inputs that matter to a shipped rule, by a note on what they are; every other contract is asked with none. */
const inputs: Readonly<Record<string, readonly (readonly [string, Json])[]>> = {
  "controlPlane.policy.activate@1": [
    ["tenant layer", { layer: "tenant", policyTexts: [] }],
    ["other modes", { layer: "tenant", policyTexts: [], modeMap: defaultModeMap }],
    ["exception", { layer: "tenant", policyTexts: [], modeMap: { ...defaultModeMap, exceptions: [{}] } }],
    ["freeze", { layer: "freeze", policyTexts: [] }],
    ["freeze with modes", { layer: "freeze", policyTexts: [], modeMap: defaultModeMap }],
  ],
  "controlPlane.grant.give@1": [
    ["core to agent", { principalKind: "agent", capability: "control-plane.core", expiresAt: inAMonth }],
    ["git to agent", { principalKind: "agent", capability: "git.write", expiresAt: inAMonth }],
    [
      "git for long",
      { principalKind: "agent", capability: "git.write", expiresAt: addMs(inAMonth, 2 * dayMs) },
    ],
    [
      "governance to service",
      { principalKind: "service", capability: "control-plane.governance", expiresAt: inAMonth },
    ],
    ["role to human", { principalKind: "human", role: "approver", expiresAt: inAMonth }],
  ],
  "controlPlane.principal.add@1": [["agent", { kind: "agent" }]],
  "controlPlane.capability.introduce@1": [
    ["", { principal: ids.mia, capability: "git.write", scope: { level: "tenant" }, expiresAt: inAMonth }],
  ],
  "controlPlane.owner.recover@1": [["", { name: "rescue", policy: "keep" }]],
  "controlPlane.principal.enable@1": [
    ["agent", { principalId: ids.bot }],
    ["human", { principalId: ids.ana }],
  ],
  [outside.refund.ref]: [["", { amount: 5, currency: "EUR" }]],
  [outside.charge.ref]: [["", { chargeId: "c-1" }]],
  [outside.commit.ref]: [["", { branch: "main" }]],
  [outside.wire.ref]: [["", { amount: 5 }]],
}

function cell(contract: Callable, input: Json, chain: (typeof callers)[keyof typeof callers]): string {
  const { core } = set.decide(requestOf(contract, input, { chain }))
  if (core.decision !== "hold")
    return core.decision === "allow" ? `allow ${core.tier}` : `- ${core.blockReason ?? ""}`
  return `hold ${core.tier} ${(core.obligations?.quorum ?? []).map(({ role, count }) => `${count} ${role}`).join(" + ")}`
}

function matrix(): string {
  const rows = [...controlPlaneCallables, ...Object.values(outside)].flatMap((contract) =>
    (inputs[contract.ref] ?? [["", {}]]).map(([note, input]) => [
      note === "" ? contract.ref : `${contract.ref}, ${note}`,
      ...Object.values(callers).map((chain) => cell(contract, input, chain)),
    ]),
  )
  const all = [["", ...Object.keys(callers)], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return `${all
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")}\n`
}

describe("the shipped rules", () => {
  test("INV-05 INV-06 give each kind of caller exactly what the permission matrix says", async () => {
    await expect(matrix()).toMatchFileSnapshot("permission-matrix.golden.txt")
  })
})
