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

const help = (words: string): string =>
  execFileSync(
    process.execPath,
    [join(rootFolder, "adapters", "src", "main.ts"), ...words.split(" ").filter(Boolean), "--help"],
    { encoding: "utf8" },
  )

describe("runbooks", () => {
  test.each(names)("%s has the fixed headings in their order", (name) => {
    expect(headingsOf(textOf(name))).toEqual(headings)
  })

  test.each(names)("%s forbids what is never right", (name) => {
    expect(textOf(name)).toContain(
      "No write to the trace by hand, no deletion of a lease row, no repeat of a step in doubt.",
    )
  })

  test("OPS-38 every command that a document shows exists, with its flags", { timeout: 60_000 }, () => {
    const known = new Map<string, string>()
    const tree = help("")
      .split("\n")
      .flatMap((line) => /^ {2}([a-z]+(?: [a-z]+)?) {2,}/.exec(line)?.[1] ?? [])
    const shown = [...names.map((name) => `runbooks/${name}`), "cli", "handlers", "HTTP"].flatMap((name) =>
      commandsIn(readFileSync(join(rootFolder, "docs", `${name}.md`), "utf8")).map((command) => ({
        name,
        ...command,
      })),
    )
    const wrong = shown.flatMap(({ name, words, flags }) => {
      const leaf = tree.find((each) => words === each || words.startsWith(`${each} `))
      if (leaf === undefined) return [`${name}: no command ${words}`]
      const text = known.get(leaf) ?? help(leaf)
      known.set(leaf, text)
      return flags.filter((flag) => !text.includes(flag)).map((flag) => `${name}: ${leaf} has no ${flag}`)
    })
    expect(shown.length).toBeGreaterThan(40)
    expect(wrong).toEqual([])
  })

  test("a command that does not exist is found", () => {
    expect(commandsIn('`npx counterfoil queue wipe --all -m "x --y"`')).toEqual([
      { words: "queue wipe", flags: ["--all", "-m"] },
    ])
  })
})
