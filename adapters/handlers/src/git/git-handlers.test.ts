// The git handlers in real repositories: the laws of their classes, and what a release must not get wrong.

import { utimes, writeFile, symlink, mkdir, chmod } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import { callOf, handlerLaws, lawKeys, type HandlerWorld } from "../../test/handler-laws.ts"
import { changeReadHandler } from "./change-read.ts"
import { commitCreateHandler } from "./commit-create.ts"
import { gitFileWriteHandler } from "./file-write.ts"
import { openGitWorld, type GitWorld } from "./git-world.ts"
import { logReadHandler } from "./log-read.ts"
import { openRepositories, type Repository } from "./repository.ts"
import { tagCreateHandler, tagDeleteHandler } from "./tag-create.ts"
import type { Handler } from "@counterfoil/contracts/ports"
import type { Json } from "@counterfoil/contracts"

type Build = (repositories: ReadonlyMap<string, Repository>) => Handler

function lawWorld(
  build: Build,
  prepare: (git: GitWorld) => Promise<Pick<HandlerWorld, "input" | "badInput" | "effects">>,
) {
  return async (): Promise<HandlerWorld> => {
    const git = await openGitWorld()
    const { input, badInput, effects } = await prepare(git)
    return {
      handler: build(openRepositories(git.config)),
      input,
      badInput,
      effects,
      secrets: [],
      observe: git.observe,
      close: git.close,
    }
  }
}

/** A commit's input with the state that an earlier step would have read. */
async function withState(
  repositories: ReadonlyMap<string, Repository>,
  input: { readonly repository: string; readonly paths: readonly string[]; readonly [field: string]: Json },
): Promise<Json> {
  const { repository, paths } = input
  const read = await changeReadHandler(repositories).run(callOf({ repository, paths }))
  if (read.kind !== "succeeded") throw new Error(JSON.stringify(read))
  return { ...input, state: read.output }
}

handlerLaws(
  "git.log.read",
  lawWorld(logReadHandler, async () => ({
    input: { repository: "website" },
    badInput: { repository: "/etc" },
    effects: async () => 0,
  })),
)
handlerLaws(
  "git.file.write",
  lawWorld(gitFileWriteHandler, async (git) => ({
    input: { repository: "website", path: "docs/CHANGELOG.md", content: "new\n", place: "head" },
    badInput: { repository: "website", path: "../x", content: "", place: "whole" },
    effects: async () => git.git("status", "--porcelain", "--untracked-files=all").split("\n").length,
  })),
)
handlerLaws(
  "git.change.read",
  lawWorld(changeReadHandler, async (git) => {
    await git.write("a.txt", "changed\n")
    return {
      input: { repository: "website", paths: ["a.txt"] },
      badInput: { repository: "website", paths: ["../a.txt"] },
      effects: async () => 0,
    }
  }),
)
handlerLaws(
  "git.commit.create",
  lawWorld(commitCreateHandler, async (git) => {
    await git.write("a.txt", "changed\n")
    return {
      input: await withState(openRepositories(git.config), {
        repository: "website",
        paths: ["a.txt"],
        message: "Change a",
      }),
      badInput: { repository: "website", paths: [], message: "" },
      effects: async () => Number(git.git("rev-list", "--count", "main")) - 2,
    }
  }),
)
handlerLaws(
  "git.tag.create",
  lawWorld(tagCreateHandler, async (git) => ({
    input: { repository: "website", tag: "v1.1.0", commit: git.git("rev-parse", "main"), message: "Notes\n" },
    badInput: { repository: "website", tag: "--force", commit: "main", message: "" },
    effects: async () => git.git("tag").split("\n").length - 1,
  })),
)
handlerLaws(
  "git.tag.delete",
  lawWorld(tagDeleteHandler, async (git) => ({
    input: { repository: "website", tag: "v1.0.0", tagObject: git.git("rev-parse", "v1.0.0") },
    badInput: { repository: "website", tag: "v1.0.0" },
    effects: async () => (git.git("tag") === "" ? 1 : 0),
  })),
)

describe("git handlers", () => {
  const opened: GitWorld[] = []
  const open = async () => {
    const world = await openGitWorld()
    opened.push(world)
    return { world, repositories: openRepositories(world.config) }
  }
  afterEach(async () => {
    for (const world of opened.splice(0)) await world.close()
  })
  test("a wrong call of git throws, and does not count as a repository's answer", async () => {
    const { repositories } = await open()
    const signal = AbortSignal.timeout(10_000)
    for (const repository of repositories.values())
      await expect(repository.read({ signal, args: ["update-index", "--nonsense"] })).rejects.toThrow(
        "git was called wrongly: update-index",
      )
  })

  const plain = { repository: "website", paths: ["a.txt"], message: "Change a" }
  const commitInput = (
    repositories: ReadonlyMap<string, Repository>,
    more: { readonly [field: string]: Json } = {},
  ) => withState(repositories, { ...plain, ...more })

  test("a log names the last tag, the commits since, and the head", async () => {
    const { world, repositories } = await open()
    const answer = await logReadHandler(repositories).run(callOf({ repository: "website" }))
    expect(answer).toMatchObject({
      kind: "succeeded",
      output: { since: "v1.0.0", head: world.git("rev-parse", "main"), more: false },
    })
    expect(answer).toMatchObject({
      output: { commits: [{ subject: "Add b", commit: world.git("rev-parse", "main") }] },
    })
    expect(
      await logReadHandler(repositories).run(callOf({ repository: "website", since: "v9" })),
    ).toMatchObject({ kind: "rejected", code: "TAG_UNKNOWN" })
    expect(await logReadHandler(repositories).run(callOf({ repository: "other" }))).toMatchObject({
      kind: "rejected",
      code: "REPOSITORY_UNKNOWN",
    })
  })

  test.each(["v1.1.0+build.5", "v1.2.0-β", "-v", "release@2", "x".repeat(101)])(
    "a last tag that no step can name (%s) is passed over, and the log begins at the nearest that one can",
    async (odd) => {
      const { world, repositories } = await open()
      world.git("update-ref", `refs/tags/${odd}`, "main")
      const answer = await logReadHandler(repositories).run(callOf({ repository: "website" }))
      expect(answer).toMatchObject({ output: { since: "v1.0.0", commits: [{ subject: "Add b" }] } })
      // When a commit has both a usable and an unusable tag, the usable one counts.
      world.git("tag", "v1.2.0", "main")
      expect(await logReadHandler(repositories).run(callOf({ repository: "website" }))).toMatchObject({
        output: { since: "v1.2.0", commits: [] },
      })
    },
  )

  test("a branch that contains only tags that no step can name is refused with a name, and never its whole history", async () => {
    const { world, repositories } = await open()
    world.git("tag", "-d", "v1.0.0")
    world.git("tag", "v0.9.0+old", "main~1")
    world.git("tag", "v1.2.0-β", "main")
    const refused = await logReadHandler(repositories).run(callOf({ repository: "website" }))
    expect(refused).toMatchObject({ kind: "rejected", code: "TAG_UNUSABLE" })
    expect(refused.kind === "rejected" && refused.message).toContain("v1.2.0-\\u{3b2}")
    for (let n = 0; n < 40; n++) world.git("tag", `v2.0.0+${n}`, "main")
    expect(await logReadHandler(repositories).run(callOf({ repository: "website" }))).toMatchObject({
      code: "TAG_UNUSABLE",
    })
  })

  test("a branch without any tag is read from its beginning", async () => {
    const { world, repositories } = await open()
    world.git("tag", "-d", "v1.0.0")
    expect(await logReadHandler(repositories).run(callOf({ repository: "website" }))).toMatchObject({
      output: { since: null, commits: [{ subject: "Add b" }, { subject: "Add a" }] },
    })
  })

  test("a commit holds the named files and leaves other changes where they were", async () => {
    const { world, repositories } = await open()
    await world.write("a.txt", "changed\n")
    await world.write("b.txt", "not yet\n")
    await world.write("c.txt", "staged\n")
    world.git("add", "c.txt")
    const input = await commitInput(repositories)
    expect((await commitCreateHandler(repositories).run(callOf(input))).kind).toBe("succeeded")
    expect(
      world
        .git("show", "--name-only", "--format=%an %ae %s%n%(trailers)", "main")
        .split("\n")
        .filter(Boolean),
    ).toEqual(["Counterfoil counterfoil@example.com Change a", `Counterfoil-Key: ${lawKeys[0]}`, "a.txt"])
    expect(world.git("status", "--porcelain").split("\n")).toEqual([" M b.txt", "A  c.txt"])
  })

  test("INV-03 two attempts with one key at the same time make one commit", async () => {
    const { world, repositories } = await open()
    await world.write("a.txt", "changed\n")
    const stranger = openRepositories(world.config)
    const input = await commitInput(repositories)
    const answers = await Promise.all(
      [repositories, stranger, repositories, stranger].map((each) =>
        commitCreateHandler(each).run(callOf(input)),
      ),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(world.git("rev-list", "--count", "main")).toBe("3")
  })

  test("INV-03 an attempt that is aborted anywhere is unknown or done, and the probe finds which", async () => {
    for (let afterMs = 1; afterMs <= 60; afterMs += 6) {
      const { world, repositories } = await open()
      await world.write("a.txt", "changed\n")
      const handler = commitCreateHandler(repositories)
      const input = await commitInput(repositories)
      const answer = await handler.run(callOf(input, { signal: AbortSignal.timeout(afterMs) }))
      expect(["unknown", "succeeded"]).toContain(answer.kind)
      const made = world.git("rev-list", "--count", "main") === "3"
      expect((await handler.probe?.(callOf(input)))?.kind).toBe(made ? "found" : "notFound")
      expect((await handler.run(callOf(input, { attempt: 2 }))).kind).toBe("succeeded")
      expect(world.git("rev-list", "--count", "main")).toBe("3")
    }
  })

  test("a commit that was reset away is still found by its key", async () => {
    const { world, repositories } = await open()
    await world.write("a.txt", "changed\n")
    const handler = commitCreateHandler(repositories)
    const input = await commitInput(repositories)
    await handler.run(callOf(input))
    world.git("reset", "-q", "--hard", "HEAD~1")
    expect((await handler.probe?.(callOf(input)))?.kind).toBe("found")
  })

  test("a commit onto a branch that moved, onto another branch or of nothing new is refused", async () => {
    const { world, repositories } = await open()
    const handler = commitCreateHandler(repositories)
    const { repository, paths } = plain
    expect(await changeReadHandler(repositories).run(callOf({ repository, paths }))).toMatchObject({
      kind: "rejected",
      code: "NOTHING_TO_COMMIT",
    })
    await world.write("a.txt", "changed\n")
    const input = await commitInput(repositories, { onto: "0".repeat(40) })
    expect(await handler.run(callOf(input))).toMatchObject({ kind: "rejected", code: "HEAD_MOVED" })
    world.git("checkout", "-qb", "side")
    expect(await handler.run(callOf(input))).toMatchObject({ kind: "rejected", code: "WRONG_BRANCH" })
    expect(await changeReadHandler(repositories).run(callOf({ repository, paths }))).toMatchObject({
      kind: "rejected",
      code: "WRONG_BRANCH",
    })
  })

  test("a lock that a killed git left on the index does not stop a commit, and is removed when it is old", async () => {
    const { world, repositories } = await open()
    const lock = join(world.path, ".git/index.lock")
    await writeFile(lock, "")
    await world.write("a.txt", "one\n")
    const input = await commitInput(repositories)
    expect((await commitCreateHandler(repositories).run(callOf(input))).kind).toBe("succeeded")
    await utimes(lock, 0, 0)
    await world.write("a.txt", "two\n")
    const again = await commitInput(repositories)
    expect((await commitCreateHandler(repositories).run(callOf(again, { key: lawKeys[1] }))).kind).toBe(
      "succeeded",
    )
    expect(world.git("status", "--porcelain")).toBe("")
  })

  test("hooks of the repository do not run", async () => {
    const { world, repositories } = await open()
    for (const hook of ["pre-commit", "commit-msg", "reference-transaction", "post-index-change"]) {
      await writeFile(join(world.path, ".git/hooks", hook), `#!/bin/sh\ntouch ${world.path}/hooked\nexit 1\n`)
      await chmod(join(world.path, ".git/hooks", hook), 0o755)
    }
    await world.write("a.txt", "changed\n")
    const input = await commitInput(repositories)
    expect((await commitCreateHandler(repositories).run(callOf(input))).kind).toBe("succeeded")
    await expect(world.read("hooked")).rejects.toThrow("ENOENT")
  })

  test.each([
    "HEAD",
    "FETCH_HEAD",
    "head",
    "x/HEAD",
    "refs/heads/main",
    "heads/main",
    "tags/v2",
    "main",
    "topic/one",
    "stash",
    "origin",
  ])("a tag is not called %s, which git reads as something else", async (tag) => {
    const { world, repositories } = await open()
    const commit = world.git("rev-parse", "main")
    world.git("branch", "topic/one")
    world.git("update-ref", "refs/stash", commit)
    world.git("update-ref", "refs/remotes/origin/HEAD", commit)
    const before = world.git("for-each-ref")
    const named = [tag, commit, commit.slice(0, 10)]
    for (const name of named)
      expect(
        await tagCreateHandler(repositories).run(
          callOf({ repository: "website", tag: name, commit, message: "" }),
        ),
      ).toMatchObject({ kind: "rejected", code: "TAG_AMBIGUOUS" })
    expect(world.git("for-each-ref")).toBe(before)
  })

  test("a tag that another person made is never moved", async () => {
    const { world, repositories } = await open()
    const before = world.git("for-each-ref")
    const input = {
      repository: "website",
      tag: "v1.0.0",
      commit: world.git("rev-parse", "main"),
      message: "",
    }
    expect(await tagCreateHandler(repositories).run(callOf(input))).toMatchObject({
      kind: "rejected",
      code: "TAG_EXISTS",
    })
    const other = { repository: "website", tag: "v1.0.0", tagObject: "0".repeat(40) }
    expect(await tagDeleteHandler(repositories).run(callOf(other))).toMatchObject({
      kind: "rejected",
      code: "TAG_MOVED",
    })
    expect(world.git("for-each-ref")).toBe(before)
  })

  test("undoing a tag deletes exactly the tag that was made", async () => {
    const { world, repositories } = await open()
    const input = {
      repository: "website",
      tag: "v1.1.0",
      commit: world.git("rev-parse", "main"),
      message: "Notes\n",
    }
    const made = await tagCreateHandler(repositories).run(callOf(input))
    if (made.kind !== "succeeded") throw new Error(made.kind)
    expect(world.git("tag", "-l", "--format=%(contents)", "v1.1.0").trim()).toBe(
      `Notes\n\nCounterfoil-Key: ${lawKeys[0]}`,
    )
    const tagObject = world.git("rev-parse", "v1.1.0")
    expect(made.output).toEqual({ tag: "v1.1.0", commit: world.git("rev-parse", "main"), tagObject })
    expect(
      (await tagDeleteHandler(repositories).run(callOf({ repository: "website", tag: "v1.1.0", tagObject })))
        .kind,
    ).toBe("succeeded")
    expect(world.git("tag")).toBe("v1.0.0")
  })

  test("text at the head of a file keeps what was there, once", async () => {
    const { world, repositories } = await open()
    await world.write("CHANGELOG.md", "old\n")
    const handler = gitFileWriteHandler(repositories)
    const input = { repository: "website", path: "CHANGELOG.md", content: "new\n", place: "head" }
    await handler.run(callOf(input))
    await handler.run(callOf(input, { key: lawKeys[1] }))
    expect(await world.read("CHANGELOG.md")).toBe("new\nold\n")
  })

  test("a link out of the work tree is not followed, neither as a folder nor as the file", async () => {
    const { world, repositories } = await open()
    const outside = await openGitWorld()
    opened.push(outside)
    await mkdir(join(outside.path, "folder"))
    await symlink(join(outside.path, "folder"), join(world.path, "docs"))
    await symlink(join(outside.path, "a.txt"), join(world.path, "link.txt"))
    for (const path of ["docs/new.md", "link.txt"]) {
      const input = { repository: "website", path, content: "out\n", place: "whole" }
      expect(await gitFileWriteHandler(repositories).run(callOf(input))).toMatchObject({
        kind: "rejected",
        code: "PATH_REFUSED",
      })
    }
    expect(await outside.read("a.txt")).toBe("a\n")
  })
})
