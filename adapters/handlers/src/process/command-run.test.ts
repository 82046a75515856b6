// The process handler: the laws of an unsafe command, and what a plan cannot make a program do.

import { isObject, type Json } from "@counterfoil/contracts"
import { execFileSync } from "node:child_process"
import { createReadStream } from "node:fs"
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import type { Handler } from "@counterfoil/contracts/ports"
import { callOf, handlerLaws } from "../../test/handler-laws.ts"
import { HandlerConfig } from "../handler-config.ts"
import { commandReadHandler, commandRunHandler, type Programs } from "./command-run.ts"

const folders: string[] = []
afterEach(async () => {
  for (const each of folders.splice(0)) await rm(each, { recursive: true, force: true })
})

/** A program of shell lines that only the test may write, and its configuration. */
async function program(
  lines: string,
  more: {
    readonly refusals?: readonly number[]
    readonly args?: readonly string[]
    readonly parameters?: Readonly<Record<string, string>>
  } = {},
) {
  const cwd = await mkdtemp(join(tmpdir(), "counterfoil-process-"))
  folders.push(cwd)
  const path = join(cwd, "tool")
  await writeFile(path, `#!/bin/sh\n${lines}\n`)
  await chmod(path, 0o755)
  const tool = {
    program: path,
    args: [...(more.args ?? ["{target}"])],
    parameters: more.parameters ?? { target: "[a-z;$-]+" },
    cwd,
    refusals: [...(more.refusals ?? [])],
  }
  const programs = { config: { commands: { tool } }, writable: [] }
  return { cwd, programs, handler: readFirst(programs) }
}
const call = (target = "site", signal?: AbortSignal) =>
  callOf({ command: "tool", arguments: { target } }, signal === undefined ? {} : { signal })

/** The handler, called as in a plan: with what a step before it read. */
function readFirst(programs: Programs): Handler {
  const handler = commandRunHandler(programs)
  return {
    ...handler,
    run: async (made) => handler.run({ ...made, input: await withState(programs, made.input) }),
  }
}

async function withState(programs: Programs, input: Json): Promise<Json> {
  const read = await commandReadHandler(programs).run(callOf(input))
  return read.kind === "succeeded" && isObject(input) ? { ...input, state: read.output } : input
}

handlerLaws("process.command.run", async () => {
  const { cwd, handler } = await program("echo run >> ran")
  const ran = () => readFile(join(cwd, "ran"), "utf8").catch(() => "")
  return {
    handler,
    input: { command: "tool", arguments: { target: "site" } },
    badInput: { command: "/bin/sh" },
    secrets: [],
    observe: ran,
    effects: async () => (await ran()).split("\n").length - 1,
    close: async () => {},
  }
})

describe("process.command.run", () => {
  test("arguments arrive as they are, without a shell, an environment or standard input", async () => {
    const { handler, cwd } = await program('printf "%s|" "$@"; /usr/bin/env | /usr/bin/sort; cat', {
      args: ["--to={target}", "{target}", "{other}"],
    })
    const answer = await handler.run(call("a;$b"))
    if (answer.kind !== "succeeded") throw new Error(JSON.stringify(answer))
    expect(answer.output).toMatchObject({ exitCode: 0, cut: false })
    const { stdout } = answer.output as { stdout: string }
    expect(stdout.split("|").slice(0, 3)).toEqual(["--to=a;$b", "a;$b", "{other}"])
    // There are only the shell's own variables and the mark of the run.
    expect(
      stdout
        .split("|")[3]
        ?.split("\n")
        .map((line) => line.split("=")[0])
        .filter(Boolean)
        .every((name) => ["PWD", "OLDPWD", "SHLVL", "_", "COUNTERFOIL_RUN"].includes(String(name))),
    ).toBe(true)
    expect(stdout).not.toContain("HOME=")
    expect(stdout).toContain(cwd)
  })

  test("a value that is missing, unknown, of another form, or that would be an option is refused", async () => {
    const { handler, cwd } = await program("touch ran")
    for (const values of [
      {},
      { target: "UPPER" },
      { target: "ok\nno" },
      { target: "-rf" },
      { target: "ok", more: "x" },
      { toString: "x" },
    ]) {
      expect(await handler.run(callOf({ command: "tool", arguments: values }))).toMatchObject({
        kind: "rejected",
        code: "ARGUMENT_REFUSED",
      })
    }
    expect(await handler.run(callOf({ command: "constructor", arguments: {} }))).toMatchObject({
      kind: "rejected",
      code: "COMMAND_UNKNOWN",
    })
    await expect(readFile(join(cwd, "ran"))).rejects.toThrow("ENOENT")
  })

  test.each([
    [["{a}{b}"], { a: "", b: "-n" }],
    [["{a}{b}"], { a: "-", b: "n" }],
    [["{a}{a}{b}"], { a: "", b: "--all" }],
    [["-{a}"], { a: "-all", b: "" }],
    [["ok", "{b}{a}x"], { a: "-", b: "" }],
  ])("values cannot make an option of %j: %j", async (args, values) => {
    const { handler } = await program("exit 0", { args, parameters: { a: ".*", b: ".*" } })
    expect(await handler.run(callOf({ command: "tool", arguments: values }))).toMatchObject({
      kind: "rejected",
      code: "ARGUMENT_REFUSED",
    })
  })

  test("an option that the configuration begins takes values with dashes", async () => {
    const { handler } = await program('printf "%s|" "$@"', {
      args: ["--to={a}", "-{b}", "x{a}"],
      parameters: { a: ".*", b: ".*" },
    })
    expect(await handler.run(callOf({ command: "tool", arguments: { a: "-n", b: "v" } }))).toMatchObject({
      output: { stdout: "--to=-n|-v|x-n|" },
    })
  })

  test("a pattern of the configuration is tested within bounds, and one that cannot be is refused at the start", async () => {
    const { handler } = await program("exit 0", { parameters: { target: "(([a-z])+)+" } })
    expect(await handler.run(call(`${"a".repeat(900)}!`))).toMatchObject({ code: "ARGUMENT_REFUSED" })
    const configured = (pattern: string) =>
      HandlerConfig.safeParse({
        process: {
          commands: { tool: { program: "/bin/true", args: [], parameters: { a: pattern }, cwd: "/" } },
        },
      }).success
    expect([configured("[a-z]+"), configured("(a)\\1"), configured("(")]).toEqual([true, false, false])
  })

  test("an exit code other than 0 is unknown, unless it is configured as a refusal", async () => {
    expect((await (await program("exit 3")).handler.run(call())).kind).toBe("unknown")
    expect(await (await program("exit 3", { refusals: [3] })).handler.run(call())).toMatchObject({
      kind: "rejected",
      code: "COMMAND_REFUSED",
    })
  })

  test("a program that is not there was not sent", async () => {
    const { handler, cwd } = await program("true")
    await rm(join(cwd, "tool"))
    expect((await handler.run(call())).kind).toBe("notSent")
  })

  test("a program that prints without end is stopped, and the outcome is unknown", async () => {
    expect(await (await program("yes")).handler.run(call())).toMatchObject({
      kind: "unknown",
      reason: "the program was stopped: outputTooLarge",
    })
  })

  test("at the deadline everything that the program started is stopped with it", async () => {
    const { handler, cwd } = await program(
      "trap '' TERM\n(trap '' TERM; exec > pipe; echo up; while true; do sleep 1; done) &\nwait",
    )
    execFileSync("mkfifo", [join(cwd, "pipe")])
    const abort = new AbortController()
    const running = handler.run(call("site", abort.signal))
    // A pipe ends when the last process that holds it has ended.
    const chunks: string[] = []
    for await (const chunk of createReadStream(join(cwd, "pipe"), "utf8")) {
      chunks.push(String(chunk))
      abort.abort()
    }
    expect(chunks).toEqual(["up\n"])
    expect((await running).kind).toBe("unknown")
  })

  test.each([
    ["when the program ends well", "", "succeeded"],
    ["when it ends badly", "exit 3", "unknown"],
    ["at the deadline", "while true; do sleep 1; done", "unknown"],
  ])("%s, a process that left for a session of its own is ended too", async (_when, more, kind) => {
    const { handler, cwd } = await program(
      `setsid sh -c 'trap "" TERM HUP; exec > pipe 2> /dev/null < /dev/null; echo up; while true; do sleep 1; done' > /dev/null 2>&1 &\n` +
        `cat started > /dev/null\n${more}`,
    )
    execFileSync("mkfifo", [join(cwd, "pipe"), join(cwd, "started")])
    const abort = new AbortController()
    const running = handler.run(call("site", abort.signal))
    const chunks: string[] = []
    // The pipe ends when the last process that holds it has ended: without the sweep, never.
    for await (const chunk of createReadStream(join(cwd, "pipe"), "utf8")) {
      chunks.push(String(chunk))
      await writeFile(join(cwd, "started"), "")
      if (more.startsWith("while")) abort.abort()
    }
    expect([chunks, (await running).kind]).toEqual([["up\n"], kind])
  })

  test("long output is cut, and says so", async () => {
    expect(await (await program("head -c 100000 /dev/zero | tr '\\0' x")).handler.run(call())).toMatchObject({
      kind: "succeeded",
      output: { cut: true },
    })
  })
})
