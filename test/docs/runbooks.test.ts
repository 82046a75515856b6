import { execFileSync } from "node:child_process"
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { controlPlaneCapabilities, controlPlaneContracts, makeRegistry, Time } from "@counterfoil/contracts"
import { defaultPolicySource, engineWasmUrl, loadPolicySet, openWasmEngine } from "@counterfoil/policy"
import { rootFolder } from "../architecture/source-tree.ts"
import { commandsIn, headingsOf } from "./commands-in.ts"

const folder = join(rootFolder, "docs", "runbooks")
const names = readdirSync(folder)
  .filter((name) => name !== "README.md")
  .map((name) => name.replace(/\.md$/, ""))
  .toSorted()
const textOf = (name: string): string => readFileSync(join(folder, `${name}.md`), "utf8")
const headings = ["What it means", "What is safe right now", "Look", "Do", "Do not", "Afterwards"]

/** Every command with its long flags, as the program itself completes them. */
function commandsOfProgram(): ReadonlyMap<string, readonly string[]> {
  const program = join(rootFolder, "adapters", "src", "main.ts")
  const script = execFileSync(process.execPath, [program, "completion", "bash"], { encoding: "utf8" })
  const lines = [...script.matchAll(/^ *"([a-z ]+)"\) candidates="(--[^"]*)"/gm)]
  return new Map(lines.map(([, words = "", flags = ""]) => [words, flags.split(" ")]))
}

describe("runbooks", () => {
  test.each(names)("%s has the fixed headings in their order", (name) => {
    expect(headingsOf(textOf(name))).toEqual(headings)
  })

  test.each(names)("%s forbids what is never right", (name) => {
    expect(textOf(name)).toContain(
      "No write to the trace by hand, no deletion of a lease row, no repeat of a step in doubt.",
    )
  })

  test("OPS-38 every command that a document shows exists, with its flags", () => {
    const program = commandsOfProgram()
    const documents = [...names.map((name) => `runbooks/${name}`), "cli", "handlers", "HTTP"]
    const shown = documents.flatMap((name) =>
      commandsIn(readFileSync(join(rootFolder, "docs", `${name}.md`), "utf8")).map((command) => ({
        name,
        ...command,
      })),
    )
    const wrong = shown.flatMap(({ name, words, flags }) => {
      const leaf = [...program.keys()].find((each) => words === each || words.startsWith(`${each} `))
      if (leaf === undefined) return [`${name}: no command ${words}`]
      return flags
        .filter((flag) => program.get(leaf)?.includes(flag) !== true)
        .map((flag) => `${name}: ${leaf} has no ${flag}`)
    })
    expect(shown.length).toBeGreaterThan(40)
    expect(wrong).toEqual([])
  })

  test("the rules that the page of upgrades adds are those of this release under other names, and load", () => {
    const text = /<<'RULES'\n([\s\S]*?)\nRULES\n/.exec(textOf("upgrade"))?.[1] ?? ""
    const source = defaultPolicySource()
    const shipped = source.texts.map((each) => each.text).join("\n")
    const rules = text.split("\n\n")
    expect(rules).toHaveLength(2)
    for (const rule of rules)
      expect(shipped).toContain(rule.replace('@id("organisation.', '@id("start.').replace(/;$/, ""))
    const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
    if (!engine.ok) throw new Error("the engine is not the known one")
    const loaded = loadPolicySet({
      source: {
        ...source,
        texts: [...source.texts, { layer: "organisation", name: "enable.cedar", text }],
      },
      registry: makeRegistry(controlPlaneContracts, controlPlaneCapabilities),
      engine: engine.value,
      now: Time.parse("2026-12-01T00:00:00.000Z"),
    })
    expect(loaded.ok ? [] : loaded.error).toEqual([])
  })

  test("a command that does not exist is found", () => {
    expect(commandsIn('`npx counterfoil queue wipe --all -m "x --y"`')).toEqual([
      { words: "queue wipe", flags: ["--all"] },
    ])
  })
})
