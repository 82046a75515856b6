import { chmodSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { describe, expect, test } from "vitest"
import { CliError } from "./cli-error.ts"
import { askOn, type Io } from "./io.ts"
import { runCli } from "./run-cli.ts"

/** A terminal whose person types these keys when the question appears. */
function typing(keys: string, ends = false) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  output.once("data", () => {
    if (ends) input.end(keys)
    else input.write(keys)
  })
  return { input, output, terminal: true }
}

/** A process at that terminal, and what it printed. */
function at(terminal: ReturnType<typeof typing>): { readonly io: Io; readonly said: string[] } {
  const said: string[] = []
  const interrupted = new AbortController()
  const io = {
    env: { HOME: "/nonexistent", XDG_CONFIG_HOME: "/nonexistent" },
    interactive: true,
    stdoutIsTerminal: true,
    signal: interrupted.signal,
    now: () => Date.now(),
    pause: () => Promise.resolve(),
    out: (text: string) => said.push(text),
    say: (text: string) => said.push(text),
    ask: (question: string, secret = false) => askOn(terminal, question, interrupted, secret),
    read: () => new Uint8Array(),
  }
  return { io, said }
}

describe("--token-file", () => {
  test("INV-13 refuses a file that others can read, and says how to change that", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "counterfoil-token-")), "token")
    writeFileSync(file, `cft_${"t".repeat(43)}`)
    for (const mode of [0o644, 0o640, 0o604]) {
      chmodSync(file, mode)
      const { io, said } = at(typing(""))
      expect(await runCli(["whoami", "--token-file", file], io)).toBe(4)
      expect(said.join()).toContain("FILE_NOT_PRIVATE")
      expect(said.join()).toContain(`chmod 600 ${file}`)
    }
    chmodSync(file, 0o600)
    const { io, said } = at(typing(""))
    await runCli(["whoami", "--token-file", file, "--url", "http://127.0.0.1:1"], io)
    expect(said.join()).not.toContain("FILE_NOT_PRIVATE")
  })
})

describe("a question at a terminal", () => {
  test("is answered by a line", async () => {
    expect(await askOn(typing("yes\n"), "sure? ", new AbortController())).toBe("yes")
  })

  test("INV-13 a secret is not shown as it is typed", async () => {
    const terminal = typing("cfs_never-shown\n")
    const shown: string[] = []
    terminal.output.on("data", (chunk: Buffer) => shown.push(chunk.toString()))
    expect(await askOn(terminal, "sign-in: ", new AbortController(), true)).toBe("cfs_never-shown")
    expect(shown.join("")).toBe("sign-in: \n")
  })

  test("Ctrl-C at it ends the command with 130 and without an error", async () => {
    const { io, said } = at(typing("ye\u0003"))
    expect(await runCli(["login"], io)).toBe(130)
    expect(said).toEqual([])
  })

  test("an input that ends without an answer is a clear error, not an internal one", async () => {
    await expect(askOn(typing("", true), "sure? ", new AbortController())).rejects.toThrow(CliError)
    const { io, said } = at(typing("\u0004"))
    expect(await runCli(["login"], io)).toBe(130)
    expect(said.join()).toContain("The input ended before the answer.")
  })
})
