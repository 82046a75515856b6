import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { commandTree } from "../command-tree.ts"
import { bashScript, fishScript, type Completed } from "./completion.ts"

let folder: string
let commands: readonly Completed[]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-completion-"))
  commands = await Promise.all(
    commandTree.map(async ({ words, summary, load }) => {
      const { flags, arguments: positional } = await load()
      return { words, summary, flags, choices: positional.flatMap(({ choices = [] }) => choices) }
    }),
  )
  writeFileSync(join(folder, "script.bash"), bashScript(commands))
  // The program that the script calls for the names of contexts.
  writeFileSync(
    join(folder, "counterfoil"),
    '#!/bin/sh\n[ "$2" = list ] && printf "NAME\\nlocal\\nwork\\n"\n',
  )
  chmodSync(join(folder, "counterfoil"), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What bash completes for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const program = `source "${join(folder, "script.bash")}"; COMP_WORDS=(counterfoil "$@"); COMP_CWORD=$#; _counterfoil; printf '%s\\n' "\${COMPREPLY[@]}"`
  const printed = execFileSync("bash", ["--norc", "-c", program, "bash", ...words], {
    encoding: "utf8",
    env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
  })
  return printed.split("\n").filter((line) => line !== "")
}

describe("completion in bash", () => {
  test("offers words, then the flags of a command", () => {
    expect(offered("que")).toEqual(["queue"])
    expect(offered("queue", "")).toEqual(expect.arrayContaining(["list", "show", "watch"]))
    expect(offered("queue", "list", "--sta")).toEqual(["--status"])
  })

  test("offers the values of a flag that has a list of them, its own command's and everyone's", () => {
    expect(offered("queue", "list", "--status", "")).toEqual(expect.arrayContaining(["open"]))
    expect(offered("reject", "apr_1", "--code", "wrong")).toEqual(["wrongTarget", "wrongAmount"])
    expect(offered("reject", "apr_1", "--code", "=", "wrong")).toEqual(["wrongTarget", "wrongAmount"])
    expect(offered("exec", "list", "--format", "")).toEqual(["human", "plain", "json", "jsonl"])
    expect(offered("--color", "n")).toEqual(["never"])
    expect(offered("completion", "f")).toEqual(["fish"])
  })

  test("offers the names of contexts, and leaves files and texts to the shell", () => {
    expect(offered("whoami", "--context", "")).toEqual(["local", "work"])
    expect(offered("submit", "a.b@1", "--input", "")).toEqual([])
    expect(offered("reject", "apr_1", "--reason", "")).toEqual([])
  })

  test("goes on behind a value", () => {
    expect(offered("--context", "work", "queue", "li")).toEqual(["list"])
    expect(offered("queue", "--format", "json", "li")).toEqual(["list"])
  })

  test("is a script that parses", () => {
    expect(spawnSync("bash", ["-n", join(folder, "script.bash")]).status).toBe(0)
  })
})

describe("completion in fish", () => {
  test("offers values, files for a flag that takes one, and nothing for a switch", () => {
    const lines = fishScript(commands).split("\n")
    const of = (flag: string) =>
      lines.filter((line) => line.includes("from reject' ") && line.includes(`-l ${flag}`))
    expect(of("code")[0]).toMatch(/-x -a '.*wrongTarget.*'$/)
    expect(of("context")[0]).toContain("-x -a '(counterfoil context list")
    expect(of("reason")[0]).toMatch(/-r -F$/)
    expect(of("quiet")[0]).toMatch(/-l quiet$/)
  })
})
