import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { rootFolder } from "../architecture/source-tree.ts"
import { refund } from "./examples/refund.ts"
import { fencedBlock, runBlocks, steady, withOutputs, type Shown } from "./run-blocks.ts"
import { openReader, type Reader } from "./run-document.ts"

const pathOf = (document: string): string => join(rootFolder, document)
const textOf = (document: string): string => readFileSync(pathOf(document), "utf8")
const exampleUrl = new URL("./examples/submit-and-wait.ts", import.meta.url)

const Verbose = z.object({ components: z.array(z.object({ runbook: z.string() })) })
const Executions = z.object({ items: z.array(z.object({ executionId: z.string() })) })

let reader: Reader
beforeAll(() => {
  reader = openReader()
})
afterAll(() => reader.close())

describe("documents do what they show (npm run golden -- --update)", () => {
  test.each([["README.md"], ["docs/cli.md"]])(
    "every run block of %s prints the text below it",
    { timeout: 90_000 },
    async (document) => {
      const before = textOf(document)
      const printed: Shown[][] = []
      for (const { commands } of runBlocks(before)) {
        const block: Shown[] = []
        for (const shown of commands) block.push(await reader.run(shown))
        printed.push(block)
      }
      expect(printed.length).toBeGreaterThan(0)
      await expect(withOutputs(before, printed)).toMatchFileSnapshot(pathOf(document))
    },
  )

  test("the call in README.md submits and waits for the end", { timeout: 30_000 }, async () => {
    const token = readFileSync(
      join(reader.folder, ".counterfoil", "demo", "release-agent.token"),
      "utf8",
    ).trim()
    const child = spawn(process.execPath, [fileURLToPath(exampleUrl)], {
      env: { ...process.env, "NO_COLOR": "1", "COUNTERFOIL_URL": reader.url(), "COUNTERFOIL_TOKEN": token },
      stdio: ["ignore", "pipe", "inherit"],
    })
    expect(await text(child.stdout)).toBe('completed {"text":"Hello Mia"}\n')
  })
})

describe("what the running process says leads to a page", () => {
  test("every runbook that a component names exists", async () => {
    const token = readFileSync(join(reader.folder, ".counterfoil", "demo", "owner.token"), "utf8").trim()
    const answer = await fetch(`${reader.url()}/readyz?verbose`, {
      headers: { "authorization": `Bearer ${token}` },
    })
    const { components } = Verbose.parse(await answer.json())
    expect(components.length).toBeGreaterThan(0)
    const pages = components.map(({ runbook }) => `docs/runbooks/${runbook}.md`)
    expect(pages.filter((page) => !existsSync(pathOf(page)))).toEqual([])
  })
})

describe("what a page tells to do works", () => {
  test(
    "INV-09 the runbook's freeze waits for no approval, pauses what runs, allows nothing, and what it paused goes on after it",
    { timeout: 60_000 },
    async () => {
      const runbook = textOf("docs/runbooks/stop-everything.md")
      const rule = /<<'RULE'\n([\s\S]*?)\nRULE\n/.exec(runbook)?.[1] ?? ""
      writeFileSync(join(reader.folder, "freeze.cedar"), rule)
      const listed = async (status: string) =>
        Executions.parse(
          JSON.parse(await reader.shell(`npx counterfoil exec list --json --status ${status}`)),
        ).items.map(({ executionId }) => executionId)
      const before = await listed("waiting")
      expect(before.length).toBeGreaterThan(0)
      await reader.shell(
        'npx counterfoil policy activate freeze.cedar --layer freeze -m "incident 42: stop everything"',
      )
      expect(await listed("paused")).toEqual(before)
      const submit = `npx counterfoil submit text.template.render@1 --input '{"template":"x","values":{}}' --wait 5s`
      expect(await reader.shell(submit)).toContain("forbidden")
      await reader.shell('npx counterfoil policy activate --layer freeze -m "the freeze is over"')
      for (const execution of before)
        await reader.shell(`npx counterfoil exec resume ${execution} -m "the freeze is over"`)
      await expect.poll(() => listed("waiting"), { timeout: 30_000 }).toEqual(before)
    },
  )

  test(
    "the configuration of handlers that is shown gives contracts that policy can judge",
    { timeout: 30_000 },
    async () => {
      const shown = fencedBlock(textOf("docs/handlers.md"), "json") ?? ""
      mkdirSync(join(reader.folder, "example"))
      writeFileSync(join(reader.folder, "example", "handlers.json"), shown)
      writeFileSync(
        join(reader.folder, "rule.cedar"),
        '@id("tenant.stop") @reason("stopped by the operator")\nforbid (principal, action in Counterfoil::Action::"path.step", resource);\n',
      )
      expect(
        await reader.shell("npx counterfoil policy lint rule.cedar --data example && echo clean"),
      ).toContain("clean")
    },
  )
})

describe("the code in README.md is code that the gate compiles", () => {
  test.each([
    ["refund", 12],
    ["submit-and-wait", 8],
  ])("%s is shown as it is, in at most %i lines", (name, linesMax) => {
    const source = textOf(`test/docs/examples/${name}.ts`)
    const code = source.slice(source.indexOf("\n\n") + 2)
    expect(fencedBlock(textOf("README.md"), `ts ${name}`)).toBe(code)
    expect(code.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(linesMax)
  })

  test("the contract in README.md is one that can be defined", () => {
    expect([refund.ref, refund.effect, refund.floor]).toEqual(["payments.refund@1", "keyed", "medium"])
  })
})

describe("a block that says something else is found", () => {
  const document = "```console run\n$ npx counterfoil replay --last\nidentical: plan.  took 0.2s\n```"

  test("another word is a change, another duration is not", () => {
    const printed = (output: string) =>
      withOutputs(document, [[{ command: "npx counterfoil replay --last", output }]])
    expect(printed("identical: plan.  took 0.9s")).toBe(document)
    expect(printed("divergent: plan.  took 0.2s")).not.toBe(document)
  })

  test("ids, digests and times do not count, statuses and counts do", () => {
    expect(steady("exe_01m7yzh5xd58fhgmw4hg071q58 held 2026-11-21T15:58:10.368Z")).toBe("~ held ~")
    expect(steady("5 steps")).not.toBe(steady("4 steps"))
  })
})
