// A clone of this tree to change as an author would, with a commit to compare with.
// Owns: the copy, its links to installed packages, its repository, its program. Does not own: what is changed in it.

import { execFileSync, fork, type ChildProcess } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { runCli } from "@counterfoil/cli"
import { z } from "zod"
import { rooms } from "../architecture/may-import.ts"
import { rootFolder } from "../architecture/source-tree.ts"
import { commandIo } from "../support/command-io.ts"
import { compileCacheOfCopy } from "../support/compile-cache.ts"

/** How a run of the program ended. */
export interface Ran {
  readonly exit: number | null
  readonly out: string
}

/** A clone whose first commit is this tree as it is. */
export interface ScratchClone {
  readonly folder: string
  /** Replaces text in a file of the clone; throws when the text is not there, so that no edit is forgotten. */
  readonly edit: (path: string, from: string, to: string) => void
  readonly write: (path: string, text: string) => void
  /** The environment of a program of it that a test starts itself: where its compiled sources are kept. */
  readonly compiled: NodeJS.ProcessEnv
  /** Everything as it was committed. */
  readonly restore: () => void
  /** Runs the clone's own `counterfoil` in it: in this process while its sources are this tree's, else in one that lasts as long as they do. */
  readonly run: (...words: readonly string[]) => Promise<Ran>
  readonly git: (...words: readonly string[]) => string
  readonly remove: () => void
}

const packages = rooms.filter((room) => room !== "test")
const topFolders = new Set(packages.map((room) => room.split("/")[0] ?? room))
const copied = [...topFolders, "contracts.lock.json", "docs/generated", "package.json"]

/** Makes the clone, without the tests beside its sources. `more` is environment of its program. */
export function scratchClone(more: { readonly [variable: string]: string } = {}): ScratchClone {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-clone-"))
  for (const name of copied)
    cpSync(join(rootFolder, name), join(folder, name), {
      recursive: true,
      filter: (path) => basename(path) !== "node_modules" && !path.endsWith(".test.ts"),
    })
  // Links between packages lead to the clone; what is installed is where it was.
  symlinkSync(join(rootFolder, "node_modules"), join(folder, "node_modules"))
  for (const name of packages.filter((each) => existsSync(join(rootFolder, each, "node_modules"))))
    cpSync(join(rootFolder, name, "node_modules"), join(folder, name, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
    })
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" }
  const git = (...words: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=ana", "-c", "user.email=ana@example.org", ...words], {
      cwd: folder,
      env,
      encoding: "utf8",
    })
  writeFileSync(join(folder, ".gitignore"), "node_modules\nhome\n.cache\n")
  git("init", "--quiet", "--initial-branch", "main")
  git("add", "--all")
  git("commit", "--quiet", "--message", "Begin")
  const home = join(folder, "home")
  mkdirSync(home)
  const compiled = compileCacheOfCopy(folder)
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    ...more,
  }
  let edited = false
  let own: ChildProcess | null = null
  const endOwn = (): void => {
    own?.kill("SIGKILL")
    own = null
  }
  const touch = (path: string): void => {
    if (!packages.some((name) => path.startsWith(`${name}/`))) return
    edited = true
    endOwn()
  }
  return {
    folder,
    compiled,
    git,
    edit: (path, from, to) => {
      const text = readFileSync(join(folder, path), "utf8")
      if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`)
      touch(path)
      writeFileSync(join(folder, path), text.replace(from, to))
    },
    write: (path, text) => {
      touch(path)
      writeFileSync(join(folder, path), text)
    },
    restore: () => {
      git("checkout", "--quiet", "--force", "main", "--", ".")
      edited = false
      endOwn()
    },
    run: (...words) => {
      if (!edited) return runHere(folder, words, environment)
      if (own?.connected !== true) own = startOwn(folder, { ...environment, ...compiled })
      return runOwn(own, words)
    },
    remove: () => {
      endOwn()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Environment = Readonly<NodeJS.ProcessEnv>

/** The program of the clone, whose sources were changed: it loads them once. */
const startOwn = (folder: string, env: Environment): ChildProcess =>
  fork(program, [folder], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env,
  })

/** One command in it. What ends the process, such as contracts that cannot be defined, is how the command ended. */
const runOwn = (own: ChildProcess, words: readonly string[]): Promise<Ran> =>
  new Promise((settle) => {
    const end = (ran: Ran): void => {
      own.off("message", heard).off("exit", gone)
      settle(ran)
    }
    const heard = (said: unknown): void => end(Answer.parse(said))
    const gone = (exit: number | null): void => end({ exit, out: "" })
    own.on("message", heard).on("exit", gone)
    own.send(words)
  })

const program = fileURLToPath(new URL("clone.child.ts", import.meta.url))
const Answer = z.object({ exit: z.int(), out: z.string() })

/** The same program without the start of a process, which takes most of the time of a check. */
async function runHere(folder: string, words: readonly string[], env: Environment): Promise<Ran> {
  const before = process.cwd()
  let out = ""
  process.chdir(folder)
  try {
    const heard = (text: string): void => {
      out += text
    }
    const exit = await runCli(words, commandIo({ env, out: heard }))
    return { exit, out }
  } finally {
    process.chdir(before)
  }
}
