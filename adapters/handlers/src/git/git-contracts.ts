// The contracts of the git handlers: read a log, write a file of the work tree, commit, tag, delete a tag.
// Owns: these contracts. Does not own: their code, nor the list of repositories (configuration).
// Repositories are named, never given as a path, so that no plan reaches one that its operator has not opened (INV-12).

import { SemVer, defineCommand, defineQuery, mark, text } from "@counterfoil/contracts"
import { z } from "zod"
import { gitRead, gitWrite } from "../capabilities.ts"
import { configuredName, longText, readPath, relativePath, shownPath } from "../fields.ts"

/** Most commits that one read of a log returns. */
export const logCommitsMax = 200
/** Longest subject of a commit in a log, in characters; longer ones are cut. */
export const subjectCharsMax = 120
/** Most paths of one commit. */
const commitPathsMax = 100

/** The trailer by which a commit or tag of these handlers is found again. */
export const keyTrailer = "Counterfoil-Key"

const owners = ["ai-runtime"]
const repository = mark(configuredName, ["policy"])
const objectId = z
  .string()
  .max(64)
  .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)
/** An object id that git returned: it may name what a later step acts on. */
export const mintedId = mark(objectId, ["trusted"])
const targetId = mark(objectId, ["policy", "target"])
const tagForm = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9](?:(?!\.\.|\.lock(?:\/|$)|\/\/|\/\.|\.\/|[./]$)[A-Za-z0-9._/-])*$/)
/** The name of a tag that these handlers made. */
export const mintedTag = mark(tagForm, ["trusted"])
const tagName = mark(tagForm, ["policy", "target"])
const at = z
  .string()
  .max(20)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

const readLog = {
  head: "0123456789abcdef0123456789abcdef01234567",
  since: "v1.2.0",
  commits: [
    {
      commit: "0123456789abcdef0123456789abcdef01234567",
      subject: "Say what the release changes",
      at: "2026-11-21T16:58:03Z",
    },
  ],
  more: false,
}

export const gitLogRead = defineQuery({
  name: "git.log.read",
  version: "1.1.0",
  meta: {
    title: "Read a git log",
    goal: "The commits of a repository's branch since its last tag, newest first, and the commit that the branch is at.",
    context:
      "To write release notes or to see what changed. Returns at most 200 commits and says when there are more. Not for file contents.",
    owners,
    tags: ["git"],
    stability: "beta",
  },
  input: z.strictObject({
    repository,
    since: tagForm
      .optional()
      .describe("A tag to start after; without it, the last tag that the branch contains."),
    limit: z.int().min(1).max(logCommitsMax).optional(),
  }),
  output: z.strictObject({
    head: mintedId,
    since: tagForm.nullable(),
    commits: z
      .array(z.strictObject({ commit: mintedId, subject: text(subjectCharsMax), at }))
      .max(logCommitsMax),
    more: z.boolean(),
  }),
  capability: gitRead.name,
  resource: { kind: "repository", at: "/repository" },
  examples: [
    { title: "since the last tag", input: { repository: "website" }, output: readLog },
    {
      title: "since a given tag",
      input: { repository: "website", since: "v1.2.0", limit: 50 },
      output: readLog,
    },
    { title: "a path is not a name", input: { repository: "/srv/website" }, fails: "/repository" },
  ],
})

export const gitFileWrite = defineCommand({
  name: "git.file.write",
  version: "1.1.0",
  meta: {
    title: "Write a file of a repository",
    goal: "A text file in a repository's work tree with exactly this content, or with this content at its head.",
    context: "Before a commit. It commits nothing. Not for binary files, nor for anything below .git.",
    owners,
    tags: ["git"],
    stability: "beta",
  },
  input: z.strictObject({
    repository,
    path: relativePath,
    content: longText,
    place: mark(z.enum(["whole", "head"]), ["policy"]).describe(
      "`head` puts the content above the existing text, and changes nothing if the file holds the content already.",
    ),
  }),
  output: z.strictObject({ path: relativePath, bytes: z.int().min(0) }),
  capability: gitWrite.name,
  effect: "natural",
  resource: { kind: "repository", at: "/repository" },
  preview: [
    { label: "Repository", at: "/repository" },
    { label: "File", at: "/path" },
    { label: "Where", at: "/place" },
    { label: "Content", at: "/content" },
  ],
  examples: [
    {
      title: "a whole file",
      input: { repository: "website", path: "docs/NOTES.md", content: "Hello\n", place: "whole" },
      output: { path: "docs/NOTES.md", bytes: 6 },
    },
    {
      title: "out of the work tree",
      input: { repository: "website", path: "../NOTES.md", content: "Hello\n", place: "whole" },
      fails: "/path",
    },
    {
      title: "into the repository itself",
      input: { repository: "website", path: ".git/config", content: "", place: "whole" },
      fails: "/path",
    },
  ],
})

/** Modes that git gives a file: plain, executable, link, submodule. */
export const fileMode = z.enum(["100644", "100755", "120000", "160000"])

/** What a commit would contain: a command with this state commits exactly this. */
export const commitState = z.strictObject({
  parent: objectId.describe("The commit that the branch is at."),
  tree: objectId.describe("The whole tree of the commit."),
  files: z
    .array(
      z.strictObject({
        path: shownPath,
        change: z.enum(["added", "changed", "deleted", "unchanged"]),
        mode: fileMode.nullable().describe("Plain, executable, link or submodule; null for no file."),
        blob: objectId.nullable(),
        bytes: z.int().min(0).nullable(),
        linesAdded: z.int().min(0).nullable().describe("Null where git counts no lines."),
        linesRemoved: z.int().min(0).nullable(),
      }),
    )
    .min(1)
    .max(commitPathsMax),
})

const oneFileChanged = {
  parent: "0123456789abcdef0123456789abcdef01234567",
  tree: "456789abcdef0123456789abcdef0123456789ab",
  files: [
    {
      path: "CHANGELOG.md",
      change: "changed",
      mode: "100644",
      blob: "cdef0123456789abcdef0123456789abcdef0123",
      bytes: 412,
      linesAdded: 6,
      linesRemoved: 0,
    },
  ],
}

export const gitChangeRead = defineQuery({
  name: "git.change.read",
  version: "1.0.0",
  meta: {
    title: "Read what a commit would contain",
    goal: "The parent, the tree and each file of a commit of these files as they are in the work tree now.",
    context:
      "Before a commit: the approval is bound to this answer. The planner adds this step. Returns ids and sizes, not contents.",
    owners,
    tags: ["git"],
    stability: "beta",
  },
  input: z.strictObject({ repository, paths: z.array(readPath).min(1).max(commitPathsMax) }),
  output: commitState,
  // A principal that may commit may read what would be committed; no one else needs to.
  capability: gitWrite.name,
  resource: { kind: "repository", at: "/repository" },
  examples: [
    {
      title: "one file",
      input: { repository: "website", paths: ["CHANGELOG.md"] },
      output: oneFileChanged,
    },
    { title: "nothing named", input: { repository: "website", paths: [] }, fails: "/paths" },
  ],
})

export const gitCommitCreate = defineCommand({
  name: "git.commit.create",
  version: "1.2.0",
  meta: {
    title: "Commit files",
    goal: "One commit on the repository's branch with exactly the given files as they were read in the work tree.",
    context:
      "After files were written. Other changes stay out. Refused when a file or the branch changed since it was read; then submit again. The message gets a trailer with the key.",
    owners,
    tags: ["git"],
    stability: "beta",
  },
  input: z.strictObject({
    repository,
    paths: z.array(relativePath).min(1).max(commitPathsMax),
    message: longText,
    onto: targetId.optional().describe("The commit that the branch has to be at; anything else is refused."),
    state: commitState
      .optional()
      .describe(
        "What the commit will hold. Read by a step before this one where it is left out; a commit without it is refused.",
      ),
  }),
  output: z.strictObject({ commit: mintedId, branch: mark(z.string().max(200), ["trusted"]) }),
  capability: gitWrite.name,
  effect: "probeable",
  probe: { settle: "PT0S" },
  observes: {
    contract: gitChangeRead.ref,
    input: {
      repository: { $from: "input", at: "/repository" },
      paths: { $from: "input", at: "/paths" },
    },
    at: "/state",
  },
  resource: { kind: "repository", at: "/repository" },
  preview: [
    { label: "Repository", at: "/repository" },
    { label: "Files", at: "/paths" },
    { label: "Message", at: "/message" },
    { label: "Onto", at: "/onto" },
    { label: "Parent", at: "/state/parent" },
    { label: "Tree", at: "/state/tree" },
    { label: "Changes", at: "/state/files" },
  ],
  examples: [
    {
      title: "one file",
      input: { repository: "website", paths: ["CHANGELOG.md"], message: "Release 1.3.0" },
      output: { commit: "0123456789abcdef0123456789abcdef01234567", branch: "main" },
    },
    {
      title: "exactly what was read",
      input: {
        repository: "website",
        paths: ["CHANGELOG.md"],
        message: "Release 1.3.0",
        state: oneFileChanged,
      },
      output: { commit: "0123456789abcdef0123456789abcdef01234567", branch: "main" },
    },
    {
      title: "nothing named",
      input: { repository: "website", paths: [], message: "Release 1.3.0" },
      fails: "/paths",
    },
    {
      title: "onto no commit",
      input: { repository: "website", paths: ["a"], message: "x", onto: "main" },
      fails: "/onto",
    },
  ],
})

export const gitTagDelete = defineCommand({
  name: "git.tag.delete",
  version: "1.0.0",
  meta: {
    title: "Delete a tag",
    goal: "The repository has no tag of this name, provided that it pointed at the given tag object.",
    context:
      "Undoes git.tag.create. A tag that was moved or made anew by someone else is left alone. Not for pushed tags.",
    owners,
    tags: ["git"],
    stability: "beta",
  },
  input: z.strictObject({ repository, tag: tagName, tagObject: targetId }),
  output: z.strictObject({ tag: tagForm }),
  capability: gitWrite.name,
  effect: "natural",
  floor: "medium",
  resource: { kind: "repository", at: "/repository" },
  preview: [
    { label: "Repository", at: "/repository" },
    { label: "Tag", at: "/tag" },
    { label: "Tag object", at: "/tagObject" },
  ],
  examples: [
    {
      title: "a tag that was just made",
      input: { repository: "website", tag: "v1.3.0", tagObject: "89abcdef0123456789abcdef0123456789abcdef" },
      output: { tag: "v1.3.0" },
    },
    {
      title: "no name for a tag",
      input: { repository: "website", tag: "-d", tagObject: "89abcdef0123456789abcdef0123456789abcdef" },
      fails: "/tag",
    },
  ],
})

export const gitTagCreate = defineCommand({
  name: "git.tag.create",
  version: "1.0.0",
  meta: {
    title: "Tag a commit",
    goal: "One annotated tag of this name on this commit, whose message carries the notes and the key.",
    context:
      "To mark a release. An existing tag of that name from another source is never moved: the step is refused.",
    owners,
    tags: ["git"],
    stability: "beta",
  },
  input: z.strictObject({ repository, tag: tagName, commit: targetId, message: longText }),
  output: z.strictObject({ tag: mintedTag, commit: mintedId, tagObject: mintedId }),
  capability: gitWrite.name,
  effect: "probeable",
  floor: "high",
  probe: { settle: "PT0S" },
  undo: {
    contract: gitTagDelete.ref,
    input: {
      repository: { $from: "input", at: "/repository" },
      tag: { $from: "output", at: "/tag" },
      tagObject: { $from: "output", at: "/tagObject" },
    },
  },
  resource: { kind: "repository", at: "/repository" },
  preview: [
    { label: "Repository", at: "/repository" },
    { label: "Tag", at: "/tag" },
    { label: "Commit", at: "/commit" },
    { label: "Notes", at: "/message" },
  ],
  examples: [
    {
      title: "a release",
      input: {
        repository: "website",
        tag: "v1.3.0",
        commit: "0123456789abcdef0123456789abcdef01234567",
        message: "Notes\n",
      },
      output: {
        tag: "v1.3.0",
        commit: "0123456789abcdef0123456789abcdef01234567",
        tagObject: "89abcdef0123456789abcdef0123456789abcdef",
      },
    },
    {
      title: "a name that git refuses",
      input: {
        repository: "website",
        tag: "v1..3",
        commit: "0123456789abcdef0123456789abcdef01234567",
        message: "",
      },
      fails: "/tag",
    },
  ],
})

/** A release's version: semantic, without build metadata. */
export const releaseVersion = mark(SemVer, ["policy"])
