import { describe, expect, test } from "vitest"
import { commandTree } from "./command-tree.ts"
import { flagsOf } from "./flags.ts"
import { commandHelp } from "./help-text.ts"
import { parseArgv } from "./parse-argv.ts"

/** The words of an example as a shell would split them. */
const split = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  )

describe("a command line", () => {
  test("every example of every command is a line that parses as that command", async () => {
    for (const leaf of commandTree) {
      const { examples } = await leaf.load()
      expect([leaf.words, examples.length > 0]).toEqual([leaf.words, true])
      for (const example of examples) {
        const parsed = await parseArgv(split(example))
        expect(parsed.kind === "call" ? parsed.leaf.words : example).toBe(leaf.words)
      }
    }
  })

  test("the help of every command starts with examples", async () => {
    const helps = await Promise.all(
      commandTree.map(async (leaf) =>
        commandHelp(leaf, await leaf.load()).replace(/\nFlags of every command\n[\s\S]*?\n\n/, "\n"),
      ),
    )
    for (const help of helps)
      expect(help.indexOf("Examples")).toBeLessThan(help.search(/\n(Arguments|Flags|Exit codes)\n/))
    await expect(helps.join("\n—\n\n")).toMatchFileSnapshot("help.golden.txt")
  })

  test("global flags are accepted before and after the command's words", async () => {
    const parsed = await parseArgv([
      "--context",
      "work",
      "exec",
      "list",
      "--json",
      "--status",
      "running,waiting",
      "--status",
      "paused",
    ])
    if (parsed.kind !== "call") throw new Error("help")
    const flags = flagsOf(parsed.flags)
    expect([parsed.leaf.words, flags.text("context"), flags.on("json"), flags.texts("status")]).toEqual([
      "exec list",
      "work",
      true,
      ["running", "waiting", "paused"],
    ])
  })

  test("execution is the same word as exec", async () => {
    const parsed = await parseArgv(["execution", "list"])
    expect(parsed.kind === "call" && parsed.leaf.words).toBe("exec list")
  })

  test("an unknown command or flag is a usage error that names the nearest one", async () => {
    await expect(parseArgv(["exce", "list"])).rejects.toMatchObject({
      parts: { ends: "usage", lines: ["Did you mean exec?"] },
    })
    await expect(parseArgv(["exec", "list", "--statsu", "running"])).rejects.toMatchObject({
      parts: { lines: ["Did you mean --status?"] },
    })
    await expect(parseArgv(["queue", "list", "--tier", "huge"])).rejects.toThrow("huge")
  })
})
