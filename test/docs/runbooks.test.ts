import { execFileSync } from "node:child_process"
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
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

  test("a command that does not exist is found", () => {
    expect(commandsIn('`npx counterfoil queue wipe --all -m "x --y"`')).toEqual([
      { words: "queue wipe", flags: ["--all"] },
    ])
  })
})
