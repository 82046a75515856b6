// The part of a drift check that is about policy: what a change of a contract does to rules and golden verdicts, and what it does not.

import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { installedRegistry, policyFindings, type KeptPolicy } from "@counterfoil/cli"
import {
  contractOfDocument,
  parseWith,
  PolicyTest,
  registryOf,
  Time,
  type Json,
  type Registry,
} from "@counterfoil/contracts"
import { defaultPolicySource, engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { scratchClone, type ScratchClone } from "./scratch-clone.ts"

const write = "fs.file.write@1"
const rules = `@id("tenant.reports") @tier("low") @reason("holders of the write grant may write reports")
permit (principal, action == Counterfoil::Action::"${write}", resource)
when { context.input.root == "reports" };

@id("tenant.locked") @reason("nothing is written to what is locked")
forbid (principal, action == Counterfoil::Action::"${write}", resource)
when { context.input.root == "locked" };
`
const golden = {
  format: "counterfoil.policy-test/1",
  cases: [
    {
      name: "an agent writes a report",
      principal: { kind: "agent" },
      contract: write,
      input: { root: "reports", path: "a.md", text: "A" },
      expect: { decision: "allow", tier: "low", determining: ["tenant.reports"] },
    },
    {
      name: "no one writes what is locked",
      principal: { kind: "human" },
      contract: write,
      input: { root: "locked", path: "a.md", text: "A" },
      expect: { decision: "deny", blockReason: "forbidden", forbids: ["tenant.locked"] },
    },
  ],
}
const goldenText = JSON.stringify(golden, null, 2)

function kept(text = rules, cases: Json = golden): KeptPolicy {
  const parsed = parseWith(PolicyTest, cases)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const shipped = defaultPolicySource().texts.filter(({ layer }) => layer !== "tenant")
  return {
    source: { ...defaultPolicySource(), texts: [...shipped, { layer: "tenant", name: "fs.cedar", text }] },
    rules: ["policies/fs.cedar"],
    tests: [{ path: "policies/fs.policy-test.json", text: goldenText, test: parsed.value }],
  }
}

const installed = installedRegistry(undefined)

/** The installed contracts with one changed, or taken away. */
function changing(ref: string, change: ((document: Json) => object) | null): Registry {
  const contracts = installed.contracts.flatMap((contract) => {
    if (contract.ref !== ref) return [contract]
    if (change === null) return []
    const made = contractOfDocument({ ...contract.document, ...change(contract.document) })
    if (made === null) throw new Error("the changed document is one")
    return [made.contract]
  })
  return registryOf(contracts, installed.capabilities)
}

const inputWith =
  (change: (root: Json) => { readonly [field: string]: Json }) =>
  (document: Json): object => {
    const { input } = z
      .object({ input: z.looseObject({ properties: z.record(z.string(), z.json()) }) })
      .parse(document)
    const { root = null, ...others } = input.properties
    const properties = { ...others, ...change(root) }
    return { input: { ...input, properties, required: Object.keys(properties) } }
  }

function found(registry: Registry, policy: KeptPolicy | null = kept()): readonly string[] {
  const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!engine.ok) throw new Error("the engine is the one that was tested")
  const now = Time.parse("2026-11-21T10:00:00.000Z")
  return policyFindings({ engine: engine.value, registry, now, kept: policy })
    .map(({ rule, class: grave, contract, at, place }) =>
      [rule, grave, contract, at, place === undefined ? "" : `${place.file}:${place.line}`].join(" ").trim(),
    )
    .toSorted()
}

describe("a change of a contract, in the policy that judges it", () => {
  test("C087 takes away a field that a rule reads", () => {
    expect(
      found(
        changing(
          write,
          inputWith((root) => ({ folder: root })),
        ),
      ),
    ).toEqual([
      "C087 breaking policies/fs.cedar /tenant.locked policies/fs.cedar:5",
      "C087 breaking policies/fs.cedar /tenant.reports policies/fs.cedar:1",
    ])
  })

  test("C087 takes away the contract that a rule and a golden verdict name", () => {
    const gone = changing(write, null)
    expect(found(gone)).toEqual([
      "C087 breaking policies/fs.cedar /tenant.locked policies/fs.cedar:5",
      "C087 breaking policies/fs.cedar /tenant.reports policies/fs.cedar:1",
    ])
    const shippedRules = { ...kept(), source: defaultPolicySource(), rules: [] }
    expect(found(gone, shippedRules)).toEqual([
      `C087 breaking ${write} /cases/an agent writes a report policies/fs.policy-test.json:5`,
      `C087 breaking ${write} /cases/no one writes what is locked policies/fs.policy-test.json:24`,
    ])
  })

  test("C086 gives a field another type than a rule compares it with", () => {
    const counted = inputWith((root) => ({
      root: { ...z.record(z.string(), z.json()).parse(root), type: "integer" },
    }))
    expect(found(changing(write, counted)).map((text) => text.slice(0, 13))).toEqual([
      "C086 breaking",
      "C086 breaking",
    ])
  })

  test("C086 is also found in rules that were never right", () => {
    expect(found(installed, kept(rules.replace("low", "lwo")))).toEqual([
      "C086 breaking policies/fs.cedar /tenant.reports policies/fs.cedar:1",
    ])
    expect(found(installed, kept("permit (principal"))).toHaveLength(1)
  })

  test("C088 raises its floor, so that a person is asked who was not asked before", () => {
    expect(found(changing(write, () => ({ floor: "medium" })))).toEqual([
      `C088 risky ${write} /cases/an agent writes a report policies/fs.policy-test.json:5`,
    ])
  })

  test("C088 changes what repeating it does", () => {
    expect(found(changing(write, () => ({ effect: "unsafe", irreversible: true })))).toEqual([
      `C088 risky ${write} /cases/an agent writes a report policies/fs.policy-test.json:5`,
    ])
  })

  test("C088 changes a verdict of the shipped policy, whether a tree keeps any policy or not", () => {
    const raised = changing("controlPlane.execution.pause@1", () => ({ floor: "high" }))
    const shipped = found(raised, null)
    expect(shipped.length).toBeGreaterThan(0)
    expect(
      shipped.every((text) => text.startsWith("C088 risky controlPlane.execution.pause@1 /cases/")),
    ).toBe(true)
    expect(found(raised)).toEqual(shipped)
  })

  test("is nothing to policy when no rule reads it and no verdict changes", () => {
    expect(found(installed)).toEqual([])
    expect(found(installed, null)).toEqual([])
    expect(
      found(
        changing(
          write,
          inputWith((root) => ({ root, note: { type: "string" } })),
        ),
      ),
    ).toEqual([])
    expect(found(changing(write, () => ({ floor: "low", version: "1.1.0" })))).toEqual([])
    expect(found(changing("git.tag.create@1", null))).toEqual([])
    expect(found(changing("fs.file.read@1", () => ({ floor: "high" })))).toEqual([])
  })
})

describe("counterfoil drift check with policies in the tree", () => {
  const minutes = 180_000
  let clone: ScratchClone
  beforeAll(() => {
    clone = scratchClone()
    mkdirSync(join(clone.folder, "policies"))
    clone.write("policies/fs.cedar", rules)
    clone.write("policies/fs.policy-test.json", goldenText)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message", "Keep policies")
  }, minutes)
  afterEach(() => {
    clone.git("clean", "--quiet", "--force", "-d")
    clone.restore()
  })
  afterAll(() => {
    clone.remove()
  })
  const Report = z.object({
    parts: z.object({ policy: z.object({ result: z.string(), why: z.string().optional() }) }),
    findings: z.array(z.object({ rule: z.string(), file: z.string(), line: z.int() })),
  })
  const check = async (...words: readonly string[]) => {
    const { exit, out } = await clone.run("drift", "check", "--against", "HEAD", "--format", "json", ...words)
    const { parts, findings } = Report.parse(JSON.parse(out))
    return { exit, policy: parts.policy, findings }
  }

  test(
    "finds them in the folder policies, at the line of the rule or the case, and is clean without a change",
    async () => {
      expect(await check()).toEqual({ exit: 0, policy: { result: "clean" }, findings: [] })
      clone.write("policies/fs.policy-test.json", goldenText.replace('"low"', '"medium"'))
      expect(await check()).toEqual({
        exit: 3,
        policy: { result: "findings" },
        findings: [{ rule: "C088", file: "policies/fs.policy-test.json", line: 5 }],
      })
      clone.write("policies/fs.cedar", rules.replace("input.root ==", "input.folder =="))
      expect(await check()).toEqual({
        exit: 3,
        policy: { result: "findings" },
        findings: [{ rule: "C087", file: "policies/fs.cedar", line: 1 }],
      })
    },
    minutes,
  )

  test(
    "is exit 1 and not checked when a file cannot be read or is not a policy test, or a named folder does not exist",
    async () => {
      const notChecked = async (why: RegExp, ...words: readonly string[]): Promise<void> => {
        const { exit, policy, findings } = await check(...words)
        expect({ exit, result: policy.result, findings }).toEqual({
          exit: 1,
          result: "notChecked",
          findings: [],
        })
        expect(policy.why).toMatch(why)
      }
      await notChecked(/rules cannot be read: it is not there/, "--policies", "rules")
      await notChecked(/There is no \*\.cedar and no \*\.policy-test\.json in docs/, "--policies", "docs")
      clone.write("policies/fs.policy-test.json", "{}")
      await notChecked(/is not a policy test/)
      clone.git("clean", "--quiet", "--force", "-d")
      clone.restore()
      mkdirSync(join(clone.folder, "policies/more.cedar"))
      await notChecked(/more\.cedar/)
    },
    minutes,
  )
})
