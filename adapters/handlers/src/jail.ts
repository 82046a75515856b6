// Files below one folder and nowhere else: every name on the way is opened without following links.
// Owns: walking, reading, replacing a file atomically. Does not own: the list of folders, nor the contents of a file.
// Each step opens a name inside the folder opened before it (on Linux through /proc/self/fd), so renaming a folder or
// putting a link in its place between a check and its use cannot lead outside. Elsewhere the opened file is compared
// with what the path leads to; the time between the two is the residual risk there.

import { constants } from "node:fs"
import { lstat, mkdir, open, rename, rm, type FileHandle } from "node:fs/promises"
import { join } from "node:path"
import { isSystemError } from "@counterfoil/contracts/system-error"

/** Why a path was refused, or why the file system did not do it. */
type JailProblem = "PATH_REFUSED" | "NOT_FOUND" | "NOT_A_FILE" | "TOO_LARGE" | "IO_FAILED"

/** Bytes, or why there are none. */
type JailRead =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly problem: JailProblem }
/** Done, or why not. */
type JailWrite = { readonly ok: true } | { readonly ok: false; readonly problem: JailProblem }

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

class Refused extends Error {
  readonly problem: JailProblem
  constructor(problem: JailProblem) {
    super(problem)
    this.problem = problem
  }
}

/** A folder that was opened, and the path under which it was. */
interface Folder {
  readonly handle: FileHandle
  readonly path: string
}

/** The bytes of a regular file, at most `bytesMax`. Links, devices, pipes and files with a second name are refused. */
export async function readJailed(root: string, path: string, bytesMax: number): Promise<JailRead> {
  return answered(async () =>
    within(root, path, false, async (folder, name) => ({
      ok: true,
      bytes: await readFile(folder, name, bytesMax),
    })),
  )
}

/**
 * Replaces a file as a whole, or makes it and the folders on the way: written beside it, flushed, renamed, flushed.
 * `scratch` names the file beside it; one name a key, so that the next attempt overwrites what a crash left there.
 */
export async function writeJailed(
  root: string,
  path: string,
  bytes: Buffer,
  scratch: string,
): Promise<JailWrite> {
  return answered(async () =>
    within(root, path, true, async (folder, name) => {
      const mode = await modeOf(folder, name)
      await rm(at(folder, scratch), { force: true })
      const file = await open(at(folder, scratch), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode ?? 0o644)
      try {
        await file.writeFile(bytes)
        if (mode !== null) await file.chmod(mode)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(at(folder, scratch), at(folder, name))
      await folder.handle.sync()
      return { ok: true }
    }),
  )
}

async function within<T>(
  root: string,
  path: string,
  make: boolean,
  act: (folder: Folder, name: string) => Promise<T>,
): Promise<T> {
  const names = path.split("/")
  const name = names.pop() ?? ""
  if (![...names, name].every(isName)) throw new Refused("PATH_REFUSED")
  const opened: Folder[] = [{ handle: await open(root, O_RDONLY | O_DIRECTORY), path: root }]
  try {
    for (const next of names) opened.push(await enter(last(opened), next, make))
    return await act(last(opened), name)
  } finally {
    for (const folder of opened) await folder.handle.close()
  }
}

async function enter(folder: Folder, name: string, make: boolean): Promise<Folder> {
  if (make) await mkdir(at(folder, name)).catch((error: unknown) => ignore(error, "EEXIST"))
  const handle = await open(at(folder, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  const path = join(folder.path, name)
  await sameAs(handle, path)
  return { handle, path }
}

async function readFile(folder: Folder, name: string, bytesMax: number): Promise<Buffer> {
  // Without O_NONBLOCK opening a pipe would wait for a writer.
  const file = await open(at(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
  try {
    await sameAs(file, join(folder.path, name))
    const found = await file.stat()
    if (!found.isFile()) throw new Refused("NOT_A_FILE")
    // A second name may be outside of the folder: a user who may make links there could read files through this handler.
    if (found.nlink > 1) throw new Refused("PATH_REFUSED")
    const buffer = Buffer.alloc(Math.min(found.size, bytesMax) + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    if (bytesRead > bytesMax) throw new Refused("TOO_LARGE")
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The permissions of the file that will be replaced; `null` when there is none. */
async function modeOf(folder: Folder, name: string): Promise<number | null> {
  const found = await lstat(at(folder, name)).catch((error: unknown) => ignore(error, "ENOENT"))
  if (found === null) return null
  if (found.isSymbolicLink()) throw new Refused("PATH_REFUSED")
  if (!found.isFile()) throw new Refused("NOT_A_FILE")
  return found.mode & 0o777
}

const onLinux = process.platform === "linux"

/** A name inside an opened folder. */
function at(folder: Folder, name: string): string {
  return onLinux ? `/proc/self/fd/${folder.handle.fd}/${name}` : join(folder.path, name)
}

/** On systems other than Linux: checks that the opened file is the one at the path now, and not a link. */
async function sameAs(handle: FileHandle, path: string): Promise<void> {
  if (onLinux) return
  const [opened, standing] = await Promise.all([handle.stat(), lstat(path)])
  if (opened.ino !== standing.ino || opened.dev !== standing.dev) throw new Refused("PATH_REFUSED")
}

/** One name: not empty, not `.` or `..`, without a separator of any system and without NUL. */
function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name)
}

function last(folders: readonly Folder[]): Folder {
  const folder = folders.at(-1)
  if (folder === undefined) throw new Refused("IO_FAILED")
  return folder
}

function ignore(error: unknown, code: string): null {
  if (isSystemError(error) && error.code === code) return null
  throw error
}

async function answered<A>(
  act: () => Promise<A>,
): Promise<A | { readonly ok: false; readonly problem: JailProblem }> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.problem }
    if (isSystemError(error)) return { ok: false, problem: problemOf(error.code) }
    throw error
  }
}

function problemOf(code: string): JailProblem {
  switch (code) {
    case "ELOOP":
    case "ENOTDIR":
    case "EMLINK":
      return "PATH_REFUSED"
    case "ENOENT":
      return "NOT_FOUND"
    case "EISDIR":
    case "ENXIO":
      return "NOT_A_FILE"
    default:
      return "IO_FAILED"
  }
}
