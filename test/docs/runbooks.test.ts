import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join, posix } from "node:path"
import { describe, expect, test } from "vitest"
import { z } from "zod"
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

const documents = [".", "docs", "docs/checklists", "docs/runbooks"].flatMap((place) =>
  readdirSync(join(rootFolder, place))
    .filter((name) => name.endsWith(".md"))
    .map((name) => posix.join(place, name)),
)

/** Blocks that are not typed unchanged, by their first lines, and the test that types the same on a machine of its own. */
const typedElsewhere: Readonly<Record<string, { readonly first: readonly string[]; readonly by: string }>> = {
  // With addresses and passwords that each installation has of its own.
  "docs/AGENTS.md": {
    first: [
      "COUNTERFOIL_URL=http://127.0.0.1:7420              COUNTERFOIL_TOKEN=cft_… node agent.ts git.release.cut@1",
    ],
    by: "test/docs/production.test.ts",
  },
  "docs/NATS.md": {
    first: ["npx counterfoil nats config /etc/counterfoil --tenant acme --listen 10.0.0.5:4222"],
    by: "test/docs/production.test.ts",
  },
  // Against a remote and a server, in clones with changes of many kinds.
  "docs/DRIFT.md": {
    first: [
      "npx counterfoil drift check --against origin/main                      # a commit, a tag, a branch",
      "$ npx counterfoil drift show",
      "npx counterfoil drift acknowledge C031 payments.refund@1 --reason",
    ],
    by: "test/drift/check.test.ts",
  },
}

/** First lines, as far as they say which it is, of blocks with commands that no test types. Scripts of the package only have to be there. */
function untypedBlocks(text: string): readonly string[] {
  const command = /^(?:\$ )?(?:[A-Z_]+=\S+ +)*(?:npx|npm|node|counterfoil|psql|git|curl|docker|sudo)(?: |$)/m
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, info = "", body = ""]) => {
    if (info === "sh typed" || info === "console run") return []
    if (!["", "sh", "bash", "shell", "console"].includes(info) || !command.test(body)) return []
    const lines = body.trimEnd().split("\n")
    if (lines.every(isScript)) return []
    return [lines[0]?.replace(/ (?:'|").*$/, "") ?? ""]
  })
}

/** A line that runs a script of package.json. */
function isScript(line: string): boolean {
  const [, name] = /^npm (?:run )?([a-z:-]+)/.exec(line) ?? []
  return name !== undefined && Object.hasOwn(scripts, name)
}
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(rootFolder, "package.json"), "utf8")))

/** Every command with its long flags, as the program itself completes them. */
function commandsOfProgram(): ReadonlyMap<string, readonly string[]> {
  const program = join(rootFolder, "adapters", "cli", "src", "main.ts")
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

  test("every command that a document shows exists, with its flags", () => {
    const program = commandsOfProgram()
    const shown = documents.flatMap((name) =>
      commandsIn(readFileSync(join(rootFolder, name), "utf8")).map((command) => ({ name, ...command })),
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

  test("every block with commands is one that a test types, or is typed where it is said here", () => {
    const untyped = documents.flatMap((name) =>
      untypedBlocks(readFileSync(join(rootFolder, name), "utf8")).map((first) => `${name}: ${first}`),
    )
    const said = Object.entries(typedElsewhere).flatMap(([name, { first }]) =>
      first.map((line) => `${name}: ${line}`),
    )
    expect(untyped.toSorted()).toEqual(said.toSorted())
    for (const { by } of Object.values(typedElsewhere))
      expect([by, existsSync(join(rootFolder, by))]).toEqual([by, true])
  })

  test("a block with commands that no test types is found, and a block with other text is not", () => {
    const block = (info: string, body: string): string => `\`\`\`${info}\n${body}\n\`\`\`\n`
    expect(untypedBlocks(block("sh", "npx counterfoil queue list"))).toEqual(["npx counterfoil queue list"])
    expect(untypedBlocks(block("", "COUNTERFOIL_URL=x node agent.ts"))).toEqual([
      "COUNTERFOIL_URL=x node agent.ts",
    ])
    expect(untypedBlocks(block("sh", "npm run nothing -- --at all"))).toEqual(["npm run nothing -- --at all"])
    expect(untypedBlocks(block("sh", "npm run sim -- --seed 7   # one"))).toEqual([])
    expect(untypedBlocks(block("sh typed", "npx counterfoil queue list"))).toEqual([])
    expect(untypedBlocks(block("ts", "import x from 'node:fs'"))).toEqual([])
    expect(untypedBlocks(block("", "channel ─▶ submit"))).toEqual([])
  })

  test("a command that does not exist is found", () => {
    expect(commandsIn('`npx counterfoil queue wipe --all -m "x --y"`')).toEqual([
      { words: "queue wipe", flags: ["--all"] },
    ])
  })
})
