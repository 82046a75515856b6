// A commit holds exactly what was read: a later difference of files or branch is refused, in real repositories.
// Owns: the state of a commit, read and compared. Does not own: the laws of the handler (git-handlers.test.ts).

import { chmod, mkdir, readdir, rm, symlink, unlink } from "node:fs/promises"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, describe, expect, test } from "vitest"
import type { Json } from "@counterfoil/contracts"
import { callOf, lawKeys } from "../../test/handler-laws.ts"
import { changeReadHandler } from "./change-read.ts"
import { commitCreateHandler } from "./commit-create.ts"
import { commitState } from "./git-contracts.ts"
import { openGitWorld, type GitWorld } from "./git-world.ts"
import { openRepositories, type Repository } from "./repository.ts"

const opened: GitWorld[] = []
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close()
})
type Repositories = ReadonlyMap<string, Repository>
const open = async () => {
  const world = await openGitWorld()
  opened.push(world)
  return { world, repositories: openRepositories(world.config) }
}

async function stateOf(repositories: Repositories, ...paths: readonly string[]) {
  const read = await changeReadHandler(repositories).run(callOf({ repository: "website", paths }))
  if (read.kind !== "succeeded") throw new Error(JSON.stringify(read))
  return commitState.parse(read.output)
}
const commit = (repositories: Repositories, paths: readonly string[], state: Json, key = lawKeys[0]) =>
  commitCreateHandler(repositories).run(
    callOf({ repository: "website", paths, message: "Change", state }, { key }),
  )

describe("what a commit would hold", () => {
  test("names each file as it would be committed: added, changed, executable, a link, deleted, binary, unchanged", async () => {
    const { world, repositories } = await open()
    await world.write("gone.txt", "gone\n")
    await world.write("same.txt", "same\n")
    world.git("add", ".")
    world.git("commit", "-qm", "More")
    await world.write("a.txt", "a\nand more\n")
    await world.write("run.sh", "#!/bin/sh\n")
    await chmod(join(world.path, "run.sh"), 0o755)
    await symlink("a.txt", join(world.path, "link"))
    await unlink(join(world.path, "gone.txt"))
    await world.write("bytes.bin", "\u0000\u0001")
    const paths = ["a.txt", "run.sh", "link", "gone.txt", "bytes.bin", "same.txt", "a.txt", "never.txt"]
    const { parent, files } = await stateOf(repositories, ...paths)
    expect(parent).toBe(world.git("rev-parse", "main"))
    expect(
      files.map(({ path, change, mode, bytes, linesAdded, linesRemoved }) =>
        [path, change, mode, bytes, linesAdded, linesRemoved].map(String).join(" "),
      ),
    ).toEqual([
      "a.txt changed 100644 11 1 0",
      "run.sh added 100755 10 1 0",
      "link added 120000 5 1 0",
      "gone.txt deleted null null 0 1",
      "bytes.bin added 100644 2 null null",
      "same.txt unchanged 100644 5 null null",
      "never.txt unchanged null null null null",
    ])
    expect(files.map(({ blob }) => blob)[0]).toBe(world.git("hash-object", "a.txt"))
  })

  test("is what git stages: line ends and filters as the repository has them", async () => {
    const { world, repositories } = await open()
    await world.write(".gitattributes", "*.txt text eol=crlf\n*.up filter=up\n")
    world.git("config", "filter.up.clean", "tr a-z A-Z")
    await world.write("a.txt", "one\r\ntwo\r\n")
    await world.write("b.up", "loud\n")
    const { files } = await stateOf(repositories, "a.txt", "b.up")
    expect(files.map(({ bytes }) => bytes)).toEqual([8, 5])
    expect(
      (await commit(repositories, ["a.txt", "b.up"], await stateOf(repositories, "a.txt", "b.up"))).kind,
    ).toBe("succeeded")
    expect(world.git("show", "main:b.up")).toBe("LOUD")
  })

  test.each(["* -diff", "* binary", "* diff=none"])(
    "counts lines also where the attributes say %s: agents can write those",
    async (attributes) => {
      const { world, repositories } = await open()
      await world.write(".gitattributes", `${attributes}\n`)
      world.git("add", ".gitattributes")
      world.git("commit", "-qm", "Attributes")
      world.git("config", "diff.none.binary", "true")
      await world.write("a.txt", "a\nand more\n")
      await world.write("new.sh", "echo\necho\n")
      const { files } = await stateOf(repositories, "a.txt", "new.sh")
      expect(files.map(({ linesAdded, linesRemoved }) => [linesAdded, linesRemoved])).toEqual([
        [1, 0],
        [2, 0],
      ])
    },
  )

  test("a submodule is named by the commit that it is at", async () => {
    const { world, repositories } = await open()
    world.git("init", "-q", "inner")
    world.git("-C", "inner", "commit", "-q", "--allow-empty", "-m", "Inner")
    const inner = world.git("-C", "inner", "rev-parse", "HEAD")
    const state = await stateOf(repositories, "inner")
    expect(state.files).toMatchObject([{ change: "added", mode: "160000", blob: inner, bytes: null }])
    world.git("-C", "inner", "commit", "-q", "--allow-empty", "-m", "Another")
    expect(await commit(repositories, ["inner"], state)).toMatchObject({ code: "STATE_CHANGED" })
  })

  test("reading leaves no trace in the repository, one with a split index included", async () => {
    const { world, repositories } = await open()
    world.git("config", "core.splitIndex", "true")
    world.git("update-index", "--split-index")
    await world.write("a.txt", "changed\n")
    const before = [await world.observe(), ...(await readdir(join(world.path, ".git")))]
    await stateOf(repositories, "a.txt")
    expect([await world.observe(), ...(await readdir(join(world.path, ".git")))]).toEqual(before)
  })
})

describe("INV-02 a commit holds what was read for it, or there is none", () => {
  const differences: readonly (readonly [string, (world: GitWorld) => Promise<unknown>])[] = [
    ["other bytes", (world) => world.write("a.txt", "other\n")],
    ["the same number of other bytes", (world) => world.write("a.txt", "chamged\n")],
    ["the bytes that were committed before", (world) => world.write("a.txt", "a\n")],
    ["no file", (world) => unlink(join(world.path, "a.txt"))],
    ["an executable", (world) => chmod(join(world.path, "a.txt"), 0o755)],
    [
      "a link to a file with the same bytes",
      async (world) => {
        await world.write("twin.txt", "changed\n")
        await unlink(join(world.path, "a.txt"))
        await symlink("twin.txt", join(world.path, "a.txt"))
      },
    ],
    [
      "a folder",
      async (world) => {
        await unlink(join(world.path, "a.txt"))
        await mkdir(join(world.path, "a.txt"))
      },
    ],
    ["other line ends", (world) => world.write("a.txt", "changed\r\n")],
    [
      "another filter",
      async (world) => {
        world.git("config", "filter.up.clean", "tr a-z A-Z")
        await world.write(".gitattributes", "*.txt filter=up\n")
      },
    ],
    [
      "a branch that moved",
      async (world) => {
        world.git("commit", "-q", "--allow-empty", "-m", "Another")
      },
    ],
    [
      "a branch whose files changed elsewhere",
      async (world) => {
        await world.write("b.txt", "b2\n")
        world.git("add", "b.txt")
        world.git("commit", "-qm", "Another")
      },
    ],
  ]
  test.each(differences)(
    "%s where it was read otherwise is refused before anything is done",
    async (_what, differ) => {
      const { world, repositories } = await open()
      await world.write("a.txt", "changed\n")
      const state = await stateOf(repositories, "a.txt")
      await differ(world)
      const before = await world.observe()
      const answer = await commit(repositories, ["a.txt"], state)
      expect(answer.kind).toBe("rejected")
      expect(["STATE_CHANGED", "PATH_REFUSED", "NOTHING_TO_COMMIT"]).toContain(
        "code" in answer ? answer.code : "",
      )
      expect(await world.observe()).toBe(before)
    },
  )

  test("a state that an agent wrote itself is believed in no field", async () => {
    const { world, repositories } = await open()
    await world.write("a.txt", "changed\n")
    await world.write("b.txt", "changed\n")
    const state = await stateOf(repositories, "a.txt")
    const [file] = state.files
    const other = await stateOf(repositories, "b.txt")
    const lies: readonly Json[] = [
      { ...state, parent: world.git("rev-parse", "main~1") },
      { ...state, tree: other.tree },
      { ...state, files: other.files },
      { ...state, files: [...state.files, ...other.files] },
      ...[
        { path: "b.txt" },
        { change: "added" },
        { mode: "100755" },
        { blob: world.git("rev-parse", "main:a.txt") },
        { bytes: 1 },
        { linesAdded: 0 },
        { linesRemoved: 0 },
      ].map((lie) => ({ ...state, files: [{ ...file, ...lie }] })),
    ]
    const before = await world.observe()
    for (const lie of lies)
      expect(await commit(repositories, ["a.txt"], lie)).toMatchObject({ code: "STATE_CHANGED" })
    expect(await world.observe()).toBe(before)
  })

  test("a commit whose input says nothing of what it is to hold is refused", async () => {
    const { world, repositories } = await open()
    await world.write("a.txt", "changed\n")
    const input = { repository: "website", paths: ["a.txt"], message: "Change" }
    expect(await commitCreateHandler(repositories).run(callOf(input))).toMatchObject({
      kind: "rejected",
      code: "STATE_MISSING",
    })
    expect(world.git("rev-list", "--count", "main")).toBe("2")
  })

  test("a file that changes at any moment of the attempt is not in the commit", async () => {
    const calls = await callsOf(await open())
    for (let moment = 0; moment <= calls; moment += 1) {
      const { world, repositories: plain } = await open()
      await world.write("a.txt", "approved\n")
      const state = await stateOf(plain, "a.txt")
      const answer = await commit(
        interrupted(plain, moment, () => world.write("a.txt", "smuggled\n")),
        ["a.txt"],
        state,
      )
      if (answer.kind === "succeeded") {
        expect(world.git("rev-parse", "main^{tree}")).toBe(state.tree)
        expect(world.git("show", "main:a.txt")).toBe("approved")
        // The later change is in the work tree, and not staged.
        expect(world.git("diff", "--cached", "--name-only")).toBe("")
      } else {
        expect(answer).toMatchObject({ kind: "rejected", code: "STATE_CHANGED" })
        expect(world.git("rev-list", "--count", "main")).toBe("2")
        expect(world.git("diff", "--cached", "--name-only")).toBe("")
      }
    }
  })

  test("a branch that another person moves at any moment of the attempt stays where they moved it", async () => {
    const calls = await callsOf(await open())
    for (let moment = 0; moment <= calls; moment += 1) {
      const { world, repositories: plain } = await open()
      await world.write("a.txt", "approved\n")
      const state = await stateOf(plain, "a.txt")
      const tree = world.git("rev-parse", "main^{tree}")
      const foreign = world.git("commit-tree", "-p", "main", "-m", "Theirs", tree)
      const answer = await commit(
        interrupted(plain, moment, async () => {
          // Once the commit is made, no other commit can come before it.
          if (world.git("rev-parse", "main") === state.parent)
            world.git("update-ref", "refs/heads/main", foreign, state.parent)
        }),
        ["a.txt"],
        state,
      )
      if (answer.kind === "succeeded") expect(world.git("rev-parse", "main^{tree}")).toBe(state.tree)
      else {
        expect(answer).toMatchObject({ kind: "rejected", code: "STATE_CHANGED" })
        expect(world.git("rev-parse", "main")).toBe(foreign)
        expect(world.git("diff", "--cached", "--name-only")).toBe("")
      }
    }
  })

  test("INV-03 a second attempt finds the commit of the first, after any change of files and branch meanwhile", async () => {
    const { world, repositories } = await open()
    await world.write("a.txt", "changed\n")
    const state = await stateOf(repositories, "a.txt")
    const first = await commit(repositories, ["a.txt"], state)
    await world.write("a.txt", "changed again\n")
    world.git("commit", "-qam", "Another")
    expect(await commit(repositories, ["a.txt"], state)).toEqual(first)
    expect(await commit(repositories, ["a.txt"], state, lawKeys[1])).toMatchObject({ code: "STATE_CHANGED" })
    expect(world.git("rev-list", "--count", "main")).toBe("4")
  })

  test("the committed tree is the one that was read, for any files", async () => {
    const names = ["a.txt", "b.txt", "c.txt", "docs/d.txt", "docs/e.sh"] as const
    const file = fc.record({
      name: fc.constantFrom(...names),
      content: fc.string({ unit: "grapheme", maxLength: 40 }),
      as: fc.constantFrom("plain", "executable", "link", "gone"),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, { minLength: 1, maxLength: 5, selector: ({ name }) => name }),
        async (files) => {
          const { world, repositories } = await open()
          await mkdir(join(world.path, "docs"))
          for (const { name, content, as } of files) {
            await rm(join(world.path, name), { force: true })
            if (as === "link") await symlink(`to-${content.length}`, join(world.path, name))
            else if (as !== "gone") await world.write(name, content)
            if (as === "executable") await chmod(join(world.path, name), 0o755)
          }
          const paths = files.map(({ name }) => name)
          const read = await changeReadHandler(repositories).run(callOf({ repository: "website", paths }))
          fc.pre(read.kind === "succeeded")
          const state = commitState.parse(read.kind === "succeeded" ? read.output : null)
          expect((await commit(repositories, paths, state)).kind).toBe("succeeded")
          expect(world.git("rev-parse", "main^{tree}")).toBe(state.tree)
          expect(world.git("rev-parse", "main~1")).toBe(state.parent)
          const listed = world
            .git("ls-tree", "-r", "main", "--", ...paths)
            .split("\n")
            .filter(Boolean)
          expect(listed.toSorted()).toEqual(
            state.files
              .flatMap(({ path, mode, blob }) =>
                mode === null ? [] : [`${mode} blob ${String(blob)}\t${path}`],
              )
              .toSorted(),
          )
        },
      ),
      { numRuns: 10 },
    )
  })
})

/** The same repositories, in which `act` runs right before the git call of this number. */
function interrupted(repositories: Repositories, moment: number, act: () => Promise<void>): Repositories {
  let calls = 0
  return watched(repositories, async () => {
    if (calls === moment) await act()
    calls += 1
  })
}

/** How many git calls one commit makes. */
async function callsOf({ world, repositories }: Awaited<ReturnType<typeof open>>): Promise<number> {
  await world.write("a.txt", "counted\n")
  const state = await stateOf(repositories, "a.txt")
  let calls = 0
  const counted = watched(repositories, async () => {
    calls += 1
  })
  expect((await commit(counted, ["a.txt"], state)).kind).toBe("succeeded")
  return calls
}

function watched(repositories: Repositories, before: () => Promise<void>): Repositories {
  return new Map(
    [...repositories].map(([name, repository]): [string, Repository] => [
      name,
      {
        ...repository,
        run: async (call) => {
          await before()
          return repository.run(call)
        },
        read: async (call) => {
          await before()
          return repository.read(call)
        },
      },
    ]),
  )
}
