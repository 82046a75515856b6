// The files that a configured program acts on: read before people approve, and once more right before it is started.
// Owns: which files those are, and their digests. Does not own: the arguments (command-line.ts), nor starting the program.
// It is not possible to know what a program will read. So the state covers the program itself, each file that an argument names
// (paths-named.ts), and the operator's list in `reads`. Without a list, it covers every folder that agents can write through this
// installation and that the program runs in or gets as an argument (written-places.ts). It has names and digests, not contents.

import { createHash, type Hash } from "node:crypto"
import { createReadStream, type Stats } from "node:fs"
import { lstat, readdir, readlink, stat } from "node:fs/promises"
import { basename, isAbsolute, join, relative, resolve } from "node:path"
import type { z } from "zod"
import { canonical, Digest, type Immutable } from "@counterfoil/contracts"
import { isSystemError } from "@counterfoil/contracts/system-error"
import { rejected } from "@counterfoil/contracts/ports"
import type { CommandLine } from "./command-line.ts"
import { pathsNamed } from "./paths-named.ts"
import { stateFilesMax, type commandState } from "./process-contracts.ts"
import { writtenPlaces } from "./written-places.ts"

/** Most files that are read for one run: more is a disk rather than the files of a program. */
const filesMax = 10_000
/** Most bytes that are read of them, in a few seconds. */
const bytesMax = 512 * 1024 * 1024

/** Most characters of a name that people read; the digest is of the whole file all the same. */
const nameCharsMax = 400

/** The state that a run is bound to: how the program is set up, and the digest of each file and folder that it acts on. */
type CommandState = Immutable<z.infer<typeof commandState>>
type Item = CommandState["files"][number]

/** A file or folder to read, under the name that people see. */
interface Place {
  readonly kind: Item["kind"]
  readonly path: string
}

class Refused extends Error {
  readonly code: "STATE_TOO_LARGE" | "STATE_UNREADABLE"
  constructor(code: Refused["code"]) {
    super(code)
    this.code = code
  }
}

/**
 * The state now. `writable` are the folders that agents can write through this installation. Codes: STATE_TOO_LARGE,
 * STATE_UNREADABLE.
 */
export async function readCommandState(line: CommandLine, writable: readonly string[], signal: AbortSignal) {
  const { program, args, cwd, refusals } = line
  try {
    const places = await placesOf(line, writable)
    if (places.length > stateFilesMax) throw new Refused("STATE_TOO_LARGE")
    const reading = new Reading(signal)
    const files: Item[] = []
    for (const { kind, path } of places) {
      const found = await reading.placeAt(path)
      files.push({ file: nameOf(cwd, path), kind, ...found })
    }
    const setup = createHash("sha256").update(canonical({ program, args, cwd, refusals }))
    return { kind: "read", state: { setup: digestOf(setup), files } } as const
  } catch (error) {
    if (error instanceof Refused) return rejected(error.code, reasons[error.code])
    if (isSystemError(error)) return rejected("STATE_UNREADABLE", reasons.STATE_UNREADABLE)
    throw error
  }
}

const reasons = {
  STATE_TOO_LARGE: "The program acts on too many files: list the files that it reads in its configuration.",
  STATE_UNREADABLE: "A file that the program acts on cannot be read.",
} as const

async function placesOf(line: CommandLine, writable: readonly string[]): Promise<readonly Place[]> {
  const { program, cwd, reads } = line
  const named: Place[] = [{ kind: "program", path: program }]
  const folders = [cwd]
  const paths = pathsNamed(line)
  if (paths.size > filesMax) throw new Refused("STATE_TOO_LARGE")
  for (const path of paths) {
    const found = await stat(path).catch(unseen)
    if (found?.isFile() === true) named.push({ kind: "argument", path })
    if (found?.isDirectory() === true) folders.push(path)
  }
  const read =
    reads === undefined ? await writtenPlaces(folders, writable) : reads.map((path) => resolve(cwd, path))
  return [...named, ...[...new Set(read)].map((path): Place => ({ kind: "reads", path }))]
}

/** A name without the server's folders: the path below the working folder where the file is in it, else only its own name. */
function nameOf(cwd: string, path: string): string {
  const below = relative(cwd, path)
  const name = below === "" ? "." : below.startsWith("..") || isAbsolute(below) ? basename(path) : below
  return name.replaceAll("\0", "\uFFFD").slice(0, nameCharsMax)
}

/** A folder that is read with everything below it: its digest so far, and the name of each folder in it. */
interface Tree {
  readonly hash: Hash
  readonly seen: Map<string, string>
}

/** One read of files and folders, with bounds for all of them together. */
class Reading {
  readonly #signal: AbortSignal
  #files = 0
  #folders = 0
  #bytes = 0
  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** A place as it is now; a missing one has no digest, and that is a state, too. */
  async placeAt(path: string): Promise<Pick<Item, "digest" | "files" | "bytes">> {
    const [files, bytes] = [this.#files, this.#bytes]
    const found = await stat(path).catch(absent)
    if (found === null) return { digest: null, files: 0, bytes: 0 }
    const hash = createHash("sha256")
    if (found.isDirectory()) await this.#folder({ hash, seen: new Map() }, path, "", found)
    else await this.#file(hash, path, "", found)
    return { digest: digestOf(hash), files: this.#files - files, bytes: this.#bytes - bytes }
  }

  // Links to folders are followed, so each folder is read once; where it occurs again only its name counts.
  async #folder(tree: Tree, path: string, name: string, { dev, ino }: Stats): Promise<void> {
    const { hash, seen } = tree
    const first = seen.get(`${dev}:${ino}`)
    if (first !== undefined) return void hash.update(lineOf("again", name, first))
    seen.set(`${dev}:${ino}`, name)
    hash.update(lineOf("folder", name, ""))
    this.#folders += 1
    this.#bound()
    const entries = await readdir(path, { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const [inner, below] = [join(path, entry.name), `${name}/${entry.name}`]
      // Git writes there all the time, and no built-in handler writes below a folder of this name (fields.ts).
      if (entry.name === ".git" && entry.isDirectory()) continue
      if (entry.isDirectory()) await this.#folder(tree, inner, below, await lstat(inner))
      else if (entry.isSymbolicLink()) await this.#link(tree, inner, below)
      else await this.#file(hash, inner, below, await lstat(inner))
    }
  }

  async #link(tree: Tree, path: string, name: string): Promise<void> {
    this.#count()
    tree.hash.update(lineOf("link", name, await readlink(path)))
    const found = await stat(path).catch(absent)
    if (found?.isDirectory() === true) await this.#folder(tree, path, name, found)
    else if (found !== null) await this.#file(tree.hash, path, name, found)
  }

  async #file(hash: Hash, path: string, name: string, found: Stats): Promise<void> {
    this.#count()
    const executable = (found.mode & 0o111) === 0 ? "plain" : "executable"
    // A pipe or a device has no stable contents.
    if (!found.isFile()) return void hash.update(lineOf("special", name, ""))
    const content = createHash("sha256")
    const source: AsyncIterable<Buffer> = createReadStream(path, { signal: this.#signal })
    for await (const chunk of source) {
      this.#bytes += chunk.length
      if (this.#bytes > bytesMax) throw new Refused("STATE_TOO_LARGE")
      content.update(chunk)
    }
    hash.update(lineOf(executable, name, content.digest("hex")))
  }

  #count(): void {
    this.#files += 1
    this.#bound()
  }

  #bound(): void {
    if (this.#files + this.#folders > filesMax) throw new Refused("STATE_TOO_LARGE")
  }
}

// Each part with its length, so that no name can pass for another part.
const lineOf = (...parts: readonly string[]): string =>
  parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join("")

const digestOf = (hash: Hash): Digest => Digest.parse(`sha256:${hash.digest("hex")}`)

function absent(error: unknown): null {
  if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null
  throw error
}

/** For a text that may not be a path at all: any error of the system means that it names no readable file. */
function unseen(error: unknown): null {
  if (isSystemError(error)) return null
  throw error
}
