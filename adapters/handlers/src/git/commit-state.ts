// What a commit of some files would contain: read without a write to the repository, and staged for real when it is made.
// Owns: the scratch index and scratch objects, and the state that a commit's input carries. Does not own: the commit
// (commit-create.ts), nor who compares the state with what was approved (its handler).
// git itself stages the files, so that filters, line ends, modes, links and submodules are as in the commit. Contents stay out of
// the state, because the trace records it and the work tree may hold anything.

import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { z } from "zod"
import type { Immutable } from "@counterfoil/contracts"
import { notSent, rejected } from "@counterfoil/contracts/ports"
import { fileMode, type commitState } from "./git-contracts.ts"
import type { GitCall, Repository } from "./repository.ts"

/** The state that a commit is bound to: its parent, its whole tree, and each named file as it would be committed. */
export type CommitState = Immutable<z.infer<typeof commitState>>
type FileState = CommitState["files"][number]

/** The files of a repository that a commit would take. */
interface CommitFiles {
  readonly repository: Repository
  readonly paths: readonly string[]
  readonly signal: AbortSignal
}

/** The commit of the branch, provided that the work tree is on the branch. Codes: WRONG_BRANCH. */
export async function parentOf(repository: Repository, signal: AbortSignal) {
  const parent = await repository.read({
    signal,
    args: ["rev-parse", "--verify", "--quiet", `${repository.branchRef}^{commit}`],
  })
  if (parent === null) return notSent("git could not read the branch")
  const checkedOut = await repository.read({ signal, args: ["symbolic-ref", "--quiet", "HEAD"] })
  return checkedOut === repository.branchRef
    ? ({ kind: "read", parent } as const)
    : rejected("WRONG_BRANCH", "The work tree is not on the configured branch.")
}

/**
 * What a commit of these files on `parent` would contain now. Writes nothing to the repository: git writes scratch objects, which
 * are deleted. Codes: PATH_REFUSED, NOTHING_TO_COMMIT.
 */
export async function readCommitState(files: CommitFiles, parent: string) {
  const { repository, signal } = files
  const kept = await repository.read({ signal, args: ["rev-parse", "--git-path", "objects"] })
  if (kept === null) return notSent("git could not find its objects")
  return withScratch(async (scratch) => {
    const objects = { written: join(scratch, "objects"), known: resolve(repository.path, kept) }
    await mkdir(objects.written)
    const call = { signal, index: join(scratch, "index"), objects }
    const tree = await stagedTree(files, parent, call)
    if (typeof tree !== "string") return tree
    const before = await repository.read({
      signal,
      args: ["rev-parse", "--verify", "--quiet", `${parent}^{tree}`],
    })
    if (before === null) return notSent("git could not read the tree")
    if (tree === before) return rejected("NOTHING_TO_COMMIT", "The files do not differ from the last commit.")
    const bare = join(scratch, "bare")
    await mkdir(bare)
    const states = await fileStates(files, { parent, tree, bare }, call)
    return states === null
      ? notSent("git could not compare the files")
      : ({ kind: "read", state: { parent, tree, files: states } } as const)
  })
}

/** Writes the objects of the commit into the repository, where nothing refers to them yet, and returns its tree. */
export const writeCommitTree = (files: CommitFiles, parent: string) =>
  withScratch((scratch) => stagedTree(files, parent, { signal: files.signal, index: join(scratch, "index") }))

/** Puts the committed files into the repository's index, as they were committed and not as they may be now. */
export async function followIndex(
  repository: Repository,
  { parent, files }: CommitState,
  signal: AbortSignal,
) {
  const lines = files.map(({ path, mode, blob }) =>
    mode === null || blob === null
      ? `0 ${"0".repeat(parent.length)}\t${path}\0`
      : `${mode} ${blob}\t${path}\0`,
  )
  await repository.run({ signal, args: ["update-index", "-z", "--index-info"], input: lines.join("") })
  await repository.run({ signal, args: ["update-index", "-q", "--refresh"] })
}

type Staging = Pick<GitCall, "signal" | "index" | "objects">

async function stagedTree({ repository, paths }: CommitFiles, parent: string, call: Staging) {
  if ((await repository.read({ ...call, args: ["read-tree", parent] })) === null)
    return notSent("git could not read the tree")
  const staged = await repository.run({
    ...call,
    args: ["update-index", "--add", "--remove", "-z", "--stdin"],
    input: paths.map((path) => `${path}\0`).join(""),
  })
  if (staged.kind !== "exited") return notSent("git did not run")
  if (staged.code !== 0) return rejected("PATH_REFUSED", "git cannot commit one of the paths.")
  return (await repository.read({ ...call, args: ["write-tree"] })) ?? notSent("git could not write the tree")
}

async function fileStates(
  { repository, paths }: CommitFiles,
  { parent, tree, bare }: { readonly parent: string; readonly tree: string; readonly bare: string },
  call: Staging,
): Promise<readonly FileState[] | null> {
  const named = [...new Set(paths)]
  const staged = await repository.read({ ...call, args: ["ls-files", "--stage", "-z", "--", ...named] })
  const changes = await repository.read({
    ...call,
    // In an empty folder with no index: attributes are files that agents write, and would leave the lines uncounted.
    index: join(bare, "index"),
    args: [
      "-C",
      bare,
      `--work-tree=${bare}`,
      "diff-tree",
      "-r",
      "--raw",
      "--numstat",
      "-z",
      "--no-renames",
      "--no-abbrev",
      "--no-ext-diff",
      "--no-textconv",
      parent,
      tree,
      "--",
      ...named,
    ],
  })
  if (staged === null || changes === null) return null
  const entries = stagedEntries(staged)
  const changed = changesOf(changes)
  const sizes = await sizesOf(repository, [...entries.values()], call)
  if (sizes === null) return null
  return named.map((path): FileState => {
    const entry = entries.get(path)
    const change = changed.get(path)
    return {
      path,
      change: change?.change ?? "unchanged",
      mode: entry?.mode ?? null,
      blob: entry?.blob ?? null,
      bytes: entry === undefined ? null : (sizes.get(entry.blob) ?? null),
      linesAdded: change?.added ?? null,
      linesRemoved: change?.removed ?? null,
    }
  })
}

interface Entry {
  readonly mode: z.infer<typeof fileMode>
  readonly blob: string
}

/** Lines of `ls-files --stage -z`: mode, object and stage, a tab, the path. */
function stagedEntries(printed: string): ReadonlyMap<string, Entry> {
  return new Map(
    printed.split("\0").flatMap((line): readonly (readonly [string, Entry])[] => {
      const found = /^(\d{6}) ([0-9a-f]+) 0\t(.+)$/s.exec(line)
      const mode = fileMode.safeParse(found?.[1])
      const [, , blob, path] = found ?? []
      return mode.success && blob !== undefined && path !== undefined
        ? [[path, { mode: mode.data, blob }]]
        : []
    }),
  )
}

interface Change {
  readonly change: FileState["change"]
  readonly added: number | null
  readonly removed: number | null
}

const changeWords: { readonly [status: string]: FileState["change"] | undefined } = {
  A: "added",
  D: "deleted",
  M: "changed",
  T: "changed",
}

/** What `diff-tree --raw --numstat -z` prints: a status line and a path for each file, then lines with counts. */
function changesOf(printed: string): ReadonlyMap<string, Change> {
  const parts = printed.split("\0")
  const statuses = new Map<string, FileState["change"]>()
  const counts = new Map<string, readonly [added: number | null, removed: number | null]>()
  for (const [index, part] of parts.entries()) {
    const status = /^:\d{6} \d{6} [0-9a-f]+ [0-9a-f]+ ([A-Z])$/.exec(part)?.[1]
    const path = parts[index + 1]
    if (status !== undefined && path !== undefined) statuses.set(path, changeWords[status] ?? "changed")
    const [, added, removed, counted] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(part) ?? []
    if (counted !== undefined) counts.set(counted, [lineCount(added), lineCount(removed)])
  }
  return new Map(
    [...statuses].map(([path, change]) => {
      const [added = null, removed = null] = counts.get(path) ?? []
      return [path, { change, added, removed }]
    }),
  )
}

// git counts no lines of files that it takes for binary.
const lineCount = (text: string | undefined): number | null =>
  text === undefined || text === "-" ? null : Number(text)

/** Bytes of each blob; a submodule's commit is not an object of this repository and has no size. */
async function sizesOf(repository: Repository, entries: readonly Entry[], call: Staging) {
  const blobs = entries.filter(({ mode }) => mode !== "160000").map(({ blob }) => `${blob}\n`)
  const printed = await repository.read({
    ...call,
    args: ["cat-file", "--batch-check"],
    input: blobs.join(""),
  })
  if (printed === null) return null
  return new Map(
    printed.split("\n").flatMap((line): readonly (readonly [string, number])[] => {
      const [blob, type, bytes] = line.split(" ")
      return blob !== undefined && type === "blob" ? [[blob, Number(bytes)]] : []
    }),
  )
}

async function withScratch<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), "counterfoil-index-"))
  try {
    return await act(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
