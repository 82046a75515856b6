// Running a document's commands as a reader would: in an empty folder, with an empty home, against what `npm start` starts.
// Owns: the folder, the started control plane and its end. Does not own: which commands there are (run-blocks.ts).

import { execFile, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { rootFolder } from "../architecture/source-tree.ts"
import { steady, type Shown } from "./run-blocks.ts"

/** An empty folder in which commands run. */
export interface Reader {
  readonly folder: string
  /** The address of the control plane that `npm start` started here; empty before. */
  url(): string
  /** Runs one command of a document and answers what it printed, both streams in order of their writing. */
  run(shown: Shown): Promise<Shown>
  /** Runs a line of this test's own in the same place and answers what it printed. */
  shell(line: string): Promise<string>
  close(): Promise<void>
}

const program = join(rootFolder, "adapters", "cli", "src", "main.ts")
/** What a reader waits for after a decision before looking again, at the longest. */
const patienceMs = 15_000
const lastLineOfStart = /npm run demo .*\n/

/** Opens one. `close` stops what was started and removes the folder. */
export function openReader(): Reader {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-docs-"))
  const home = join(folder, "home")
  mkdirSync(home)
  const {
    COUNTERFOIL_URL: _url,
    COUNTERFOIL_TOKEN: _token,
    DATABASE_URL: _database,
    XDG_CONFIG_HOME: _config,
    ...kept
  } = process.env
  const env = { ...kept, "HOME": home, "NO_COLOR": "1" }
  const known = new Map<string, string>()
  let server: ChildProcess | null = null
  let url = ""

  const start = async (): Promise<string> => {
    server = spawn(process.execPath, [...startWords(), "--port", "0"], {
      cwd: folder,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    })
    const printed = await untilPrinted(server, lastLineOfStart)
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ""
    return printed
  }
  const runOnce = (command: string): Promise<string> =>
    command === "npm start" ? start() : execute(shellOf(command, known), folder, env)
  return {
    folder,
    url: () => url,
    run: async (shown) => {
      const end = performance.now() + patienceMs
      let output = await runOnce(shown.command)
      // A command that only reads is repeated until it shows what the document says: the work that it reads continues meanwhile.
      while (steady(output) !== steady(shown.output) && isRead(shown.command) && performance.now() < end)
        output = await runOnce(shown.command)
      learn(known, shown.output, output)
      return { command: shown.command, output: asWritten(output, known) }
    },
    shell: (line) => execute(shellOf(line, known), folder, env),
    close: async () => {
      if (server !== null && server.exitCode === null) {
        server.kill("SIGINT")
        await once(server, "exit")
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const isRead = (command: string): boolean =>
  /^npx counterfoil (queue|exec (show|list)|replay|trace)\b/.test(command)

/** What `npm start` runs once everything is installed, as package.json says it. */
function startWords(): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(rootFolder, "package.json"), "utf8"))
  const found = /"start":"[^"]*&& node (adapters\/cli\/src\/main\.ts) ([^"]*)"/.exec(JSON.stringify(manifest))
  if (found?.[1] === undefined || found[2] === undefined)
    throw new Error("package.json has no start script that ends in the program")
  return [join(rootFolder, found[1]), ...found[2].split(" ")]
}

/** The command with this run's ids for those in the document, and the program for `npx counterfoil`. */
function shellOf(command: string, known: ReadonlyMap<string, string>): string {
  const named = [...known].reduce((text, [written, here]) => text.replaceAll(written, here), command)
  return named.replaceAll("npx counterfoil", `"${process.execPath}" "${program}"`)
}

/** What was printed, with the document's ids for those of this run: what did not change stays readable in a diff. */
function asWritten(printed: string, known: ReadonlyMap<string, string>): string {
  return [...known].reduce((text, [written, here]) => text.replaceAll(here, written), printed)
}

/** Ids of the document and of this run: the nth of a kind in what a command should print is the nth in what it printed. */
function learn(known: Map<string, string>, written: string, printed: string): void {
  const [there, here] = [namesByKind(written), namesByKind(printed)]
  for (const [kind, names] of there) {
    for (const [at, name] of names.entries()) {
      const now = here.get(kind)?.[at]
      if (now === undefined) continue
      known.set(name, now)
      if (kind === "sha256:") known.set(`--digest ${name.slice(7, 15)}`, `--digest ${now.slice(7, 15)}`)
    }
  }
}

function namesByKind(text: string): ReadonlyMap<string, readonly string[]> {
  const names = [...new Set(text.match(/\b(?:[a-z]{3}_[0-9a-z]{26}|sha256:[0-9a-f]{64})\b/g))]
  return Map.groupBy(names, (name) => /^(?:[a-z]{3}_|sha256:)/.exec(name)?.[0] ?? "")
}

function execute(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    // One stream, as a terminal shows it. What the command ended with shows in its words.
    execFile("sh", ["-c", `{ ${command}\n} 2>&1`], { cwd, env, timeout: 20_000 }, (_error, stdout) => {
      resolve(stdout)
    })
  })
}

async function untilPrinted(child: ChildProcess, wanted: RegExp): Promise<string> {
  let printed = ""
  for await (const chunk of child.stderr ?? []) {
    printed += String(chunk)
    if (wanted.test(printed)) break
  }
  return printed
}
