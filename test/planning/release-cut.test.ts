// The release intent: compiled against the real contracts, then run step by step in a real repository.

import { afterEach, describe, expect, test } from "vitest"
import { isObject, isList, makeRegistry, type Json, type Plan, type Time } from "@counterfoil/contracts"
import { compilePlan, intentOf, interpretIntent } from "@counterfoil/planner"
import {
  openPureThreads,
  HandlerConfig,
  registerHandlers,
  type RegisteredHandlers,
  openGitWorld,
  type GitWorld,
  gitReleaseCut,
} from "@counterfoil/handlers"
import { callOf } from "@counterfoil/handlers/test"

const opened: GitWorld[] = []
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close()
})
const open = async () => {
  const world = await openGitWorld()
  opened.push(world)
  return {
    world,
    registered: registerHandlers(
      HandlerConfig.parse({ git: world.config }),
      async () => undefined,
      openPureThreads(),
    ),
  }
}

function planOf({ contracts, capabilities }: RegisteredHandlers, version: string): Plan {
  const input: Json = { repository: "website", version }
  const draft = interpretIntent({ contract: gitReleaseCut, input })
  if (!draft.ok) throw new Error(JSON.stringify(draft.error))
  const compiled = compilePlan({
    draft: draft.value,
    origin: "contract",
    intent: intentOf(gitReleaseCut.pin, input),
    contracts: makeRegistry(contracts, capabilities),
    held: capabilities.map((capability) => capability.name),
    asOf: "2026-11-21T08:35:00.000Z" as Time,
  })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error, null, 2))
  return compiled.value.plan
}

/** Runs the steps in plan order, without verdicts and journal: what the handlers make of each other's outputs. */
async function runSteps(plan: Plan, { handlers }: RegisteredHandlers): Promise<ReadonlyMap<string, Json>> {
  const outputs = new Map<string, Json>()
  for (const step of plan.steps) {
    const handler = handlers.find((each) => each.contract.ref === step.contract)
    const answer = await handler?.run(callOf(filled(step.input, outputs)))
    if (answer?.kind !== "succeeded") throw new Error(`${step.key}: ${JSON.stringify(answer)}`)
    outputs.set(step.key, answer.output)
  }
  return outputs
}

function filled(value: Json, outputs: ReadonlyMap<string, Json>): Json {
  if (isList(value)) return value.map((each) => filled(each, outputs))
  if (typeof value !== "object" || value === null) return value
  const { $from, at } = value
  if (typeof $from === "string" && typeof at === "string") return pointedAt(outputs.get($from) ?? null, at)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, outputs)]))
}

function pointedAt(value: Json, at: string): Json {
  return at === "" || !isObject(value) ? value : (value[at.slice(1)] ?? null)
}

describe("git.release.cut", () => {
  test("it compiles to its five steps and one that reads what the commit would hold: the commit is medium, the tag high and undoable, and nothing is tainted", async () => {
    const { registered } = await open()
    expect(
      planOf(registered, "1.3.0").steps.map((step) => [
        step.key,
        step.floor,
        step.needs,
        step.after,
        step.taint,
        step.undo?.contract ?? null,
      ]),
    ).toEqual([
      ["log", "low", [], [], [], null],
      ["notes", "low", ["log"], [], [], null],
      ["write", "low", ["notes"], [], [], null],
      ["commit-state", "low", [], ["log", "write"], [], null],
      ["commit", "medium", ["commit-state", "log"], ["write"], [], null],
      ["tag", "high", ["commit", "notes"], [], [], "git.tag.delete@1"],
    ])
  })

  test("it leaves one commit, one tag, and a changelog that begins with what changed", async () => {
    const { world, registered } = await open()
    await world.write("CHANGELOG.md", "## 1.0.0\n\n- First.\n")
    world.git("add", "CHANGELOG.md")
    world.git("commit", "-qm", "Keep a <changelog> & more")
    const plan = planOf(registered, "1.1.0")
    await runSteps(plan, registered)
    expect(await world.read("CHANGELOG.md")).toBe(
      "## 1.1.0\n\n- Keep a <changelog> & more\n- Add b\n\n## 1.0.0\n\n- First.\n",
    )
    expect(world.git("log", "--format=%s", "-2")).toBe("Release 1.1.0\nKeep a <changelog> & more")
    expect(world.git("rev-parse", "v1.1.0^{commit}")).toBe(world.git("rev-parse", "main"))
    expect(world.git("status", "--porcelain")).toBe("")
  })

  test("a repository without a tag is released from its first commit on", async () => {
    const { world, registered } = await open()
    world.git("tag", "-d", "v1.0.0")
    await runSteps(planOf(registered, "0.1.0"), registered)
    expect(await world.read("CHANGELOG.md")).toBe("## 0.1.0\n\n- Add b\n- Add a\n\n")
  })
})
