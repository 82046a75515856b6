// Typing the commands of a page: those of the program inside this process, which saves the start of one each, all others into a shell.
// Owns: which commands a page has, the words of a line, what a line ended with. Does not own: the installation, what is expected.

import { execFile, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { runCli } from "@counterfoil/cli"
import { rootFolder } from "../architecture/source-tree.ts"
import { commandIo } from "../support/command-io.ts"
import { until } from "../support/until.ts"
import { fencedBlocks } from "./run-blocks.ts"

/** What a command printed, both streams, and how it ended. */
export interface Typed {
  readonly command: string
  readonly printed: string
  readonly exit: number
}

/** Where commands are typed. `answers` is what a person says to a question of the program. */
export interface Desk {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly answers?: (question: string) => string
}

const main = join(rootFolder, "adapters", "cli", "src", "main.ts")
const psql = fileURLToPath(new URL("psql.child.ts", import.meta.url))
const shellMs = 60_000
const startMs = 90_000

/** The text of a page below docs/. */
export const pageText = (page: string): string => readFileSync(join(rootFolder, "docs", page), "utf8")

/** Every command of the blocks `sh typed` of a text, in order: a line, or several with a here-document or an open quote. */
export const commandsOf = (text: string): readonly string[] =>
  fencedBlocks(text, "sh typed").flatMap(splitBlock)

function splitBlock(block: string): readonly string[] {
  const commands: string[] = []
  let open = ""
  for (const line of block.trimEnd().split("\n")) {
    open = open === "" ? line : `${open}\n${line}`
    if (isWhole(open)) {
      if (open.trim() !== "") commands.push(open)
      open = ""
    }
  }
  return open === "" ? commands : [...commands, open]
}

function isWhole(text: string): boolean {
  const [, end] = /<<'(\w+)'/.exec(text) ?? []
  if (end !== undefined) return text.endsWith(`\n${end}`)
  return !text.endsWith("\\") && (text.split("'").length - 1) % 2 === 0
}

/** Types one command. What starts a process of the control plane is left running: it is in `running` once it is ready. */
export async function typeCommand(
  { folder, env, answers }: Desk,
  command: string,
  running: ChildProcess[],
): Promise<Typed> {
  const words = wordsOf(command)
  // Migrating reads the variables of its process, as serving does.
  if (words === null || words[0] === "migrate") return shell(folder, env, command)
  if (words[0] === "serve") return served(folder, env, command, words, running)
  return inHere({ folder, env, ...(answers === undefined ? {} : { answers }) }, command, words)
}

/** The words after `npx counterfoil`; null where a shell has to read the line. */
function wordsOf(command: string): readonly string[] | null {
  const [, line] = /^npx counterfoil ([^|;&<>$`*\n]*)$/.exec(command.replace(/ +# .*$/, "")) ?? []
  return line === undefined
    ? null
    : [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")
}

async function inHere(
  { folder, env, answers }: Desk,
  command: string,
  words: readonly string[],
): Promise<Typed> {
  const before = process.cwd()
  let printed = ""
  process.chdir(folder)
  try {
    const io = commandIo({
      env,
      interactive: answers !== undefined,
      out: (text) => {
        printed += text
      },
      say: (text) => {
        printed += `${text}\n`
      },
      ask: (question) => {
        printed += question
        return Promise.resolve(answers?.(printed) ?? "")
      },
    })
    const exit = await runCli(words, io)
    return { command, printed, exit }
  } finally {
    process.chdir(before)
  }
}

/** Puts the programs that a line may name where the shell finds them first. */
function programsIn(folder: string): string {
  const bin = join(folder, ".programs")
  mkdirSync(bin, { recursive: true })
  const scripts = {
    npx: `#!/bin/sh\nshift\nexec "${process.execPath}" "${main}" "$@"\n`,
    psql: `#!/bin/sh\nexec "${process.execPath}" "${psql}" "$@"\n`,
    // Installing takes minutes and a network; the test checks only that the script exists.
    npm: `#!/bin/sh\ngrep -q "\\"$2\\":" "${join(rootFolder, "package.json")}"\n`,
  }
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), script)
    chmodSync(join(bin, name), 0o755)
  }
  return bin
}

function shell(folder: string, env: Desk["env"], command: string): Promise<Typed> {
  const path = `${programsIn(folder)}${delimiter}${process.env["PATH"] ?? ""}`
  return new Promise((resolve) => {
    execFile(
      "bash",
      ["-c", `{ ${command}\n} 2>&1`],
      { cwd: folder, env: { ...env, PATH: path }, timeout: shellMs },
      (error, printed) => {
        resolve({ command, printed, exit: error === null ? 0 : Number(error.code ?? 1) })
      },
    )
  })
}

async function served(
  folder: string,
  env: Desk["env"],
  command: string,
  words: readonly string[],
  running: ChildProcess[],
): Promise<Typed> {
  const child = spawn(process.execPath, [main, ...words, "--port", "0", "--metrics-port", "0"], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  })
  let printed = ""
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk.toString("utf8")
  })
  const exit = await until(`ready line of ${command}`, startMs, () =>
    /^ready /m.test(printed) ? 0 : child.exitCode,
  )
  if (exit === 0) running.push(child)
  return { command, printed, exit }
}

/** Ends what was started, as an operator does. */
export async function endAll(running: ChildProcess[]): Promise<void> {
  for (const child of running.splice(0)) {
    child.kill("SIGTERM")
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  }
}
