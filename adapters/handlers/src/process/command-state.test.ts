// A program runs on the files that were read before it was approved: every file that it acts on, found without configuration.
// Owns: what is read, and refused when it differs. Does not own: the laws of the run (command-run.test.ts).

import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises"
import { writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import type { Json } from "@counterfoil/contracts"
import { callOf, handlerLaws } from "../../test/handler-laws.ts"
import { commandReadHandler, commandRunHandler, type Programs } from "./command-run.ts"
import { commandState } from "./process-contracts.ts"

const folders: string[] = []
afterEach(async () => {
  for (const each of folders.splice(0)) await rm(each, { recursive: true, force: true })
})

/** A shell that runs `deploy.sh` of a folder, with a second script and a folder of pages beside it; it leaves `ran`. */
async function shop(
  more: {
    readonly args?: readonly string[]
    readonly reads?: readonly string[]
    readonly writable?: string
  } = {},
) {
  const cwd = await mkdtemp(join(tmpdir(), "counterfoil-state-"))
  folders.push(cwd)
  await mkdir(join(cwd, "pages"))
  await mkdir(join(cwd, ".git"))
  await writeFile(join(cwd, "pages/index.html"), "<p>Hello</p>\n")
  await writeFile(join(cwd, "lib.sh"), "echo lib\n")
  const outside = await mkdtemp(join(tmpdir(), "counterfoil-ran-"))
  folders.push(outside)
  await writeFile(join(cwd, "deploy.sh"), `. ./lib.sh; echo "$1" >> ${outside}/ran\n`)
  const deploy = {
    program: "/bin/sh",
    args: [...(more.args ?? ["deploy.sh", "{page}"])],
    parameters: { page: "[a-z./]+" },
    cwd,
    refusals: [],
    ...(more.reads === undefined ? {} : { reads: [...more.reads] }),
  }
  const writable = more.writable === undefined ? [] : [join(cwd, more.writable)]
  const programs: Programs = { config: { commands: { deploy } }, writable }
  const asked = { command: "deploy", arguments: { page: "pages/index.html" } }
  return {
    cwd,
    programs,
    asked,
    ran: () => readFile(join(outside, "ran"), "utf8").catch(() => ""),
    state: async () => {
      const read = await commandReadHandler(programs).run(callOf(asked))
      if (read.kind !== "succeeded") throw new Error(JSON.stringify(read))
      return commandState.parse(read.output)
    },
    run: (state: Json, given: Programs = programs) =>
      commandRunHandler(given).run(callOf({ ...asked, state })),
  }
}
const namesIn = ({
  files,
}: {
  readonly files: readonly { readonly kind: string; readonly file: string }[]
}) => files.map(({ kind, file }) => `${kind} ${file}`)

handlerLaws("process.command.read", async () => {
  const { programs, asked, ran } = await shop()
  return {
    handler: commandReadHandler(programs),
    input: asked,
    badInput: { command: "/bin/sh" },
    secrets: [],
    observe: ran,
    effects: async () => (await ran()).split("\n").length - 1,
    close: async () => {},
  }
})

describe("what a program acts on", () => {
  test("is the program and each file that an argument names, by its name or behind an equals sign", async () => {
    const { state } = await shop({ args: ["deploy.sh", "--page={page}", "--lib=lib.sh", "none.txt", "-v"] })
    expect(namesIn(await state())).toEqual([
      "program sh",
      "argument deploy.sh",
      "argument pages/index.html",
      "argument lib.sh",
    ])
  })

  test("is what the operator lists, files and folders, there or not", async () => {
    const { state } = await shop({ reads: ["lib.sh", "pages", "later.txt"] })
    const { files } = await state()
    expect(namesIn({ files }).slice(3)).toEqual(["reads lib.sh", "reads pages", "reads later.txt"])
    expect(files.at(-1)).toMatchObject({ digest: null, files: 0, bytes: 0 })
    expect(files.at(-2)).toMatchObject({ files: 1, bytes: 13 })
  })

  test.each([
    ["the folder it runs in, where agents can write all of it", ".", "reads ."],
    ["the part of the folder it runs in that agents can write", "pages", "reads pages"],
    ["the folder it runs in, where agents can write the folder around it", "..", "reads ."],
  ])("is by itself %s", async (_what, writable, found) => {
    const { state } = await shop({ writable })
    expect(namesIn(await state())).toContain(found)
  })

  test("includes by default a folder that an argument names, but not where the operator lists what is read", async () => {
    const { cwd, programs, asked } = await shop({ args: ["-c", "true", "pages"], writable: "pages" })
    const { deploy } = programs.config.commands
    if (deploy === undefined) throw new Error("no program")
    const away = { ...deploy, cwd: "/", args: ["-c", "true", join(cwd, "pages"), "{page}"] }
    const read = async (command: typeof deploy) =>
      (await commandReadHandler({ ...programs, config: { commands: { deploy: command } } }).run(
        callOf(asked),
      )) as {
        readonly output: Json
      }
    expect(namesIn(commandState.parse((await read(away)).output))).toEqual([
      "program bin/sh",
      "reads " + join(cwd, "pages").slice(1),
    ])
    expect(namesIn(commandState.parse((await read({ ...away, reads: [] })).output))).toEqual([
      "program bin/sh",
    ])
  })

  test.each([
    ["glued to a short option", ["-flib.sh", "-f{page}"]],
    ["behind an at sign", ["@lib.sh", "@{page}"]],
    ["behind more than one equals sign", ["--set=input=lib.sh", "--set=input={page}"]],
    ["in a list", ["lib.sh,{page},none"]],
    ["in the words of a script", ["-c", ". './lib.sh' {page}; true"]],
    ["behind a character of two units", ["\u{1F4C4}=lib.sh,{page}"]],
    ["behind a colon", ["from:lib.sh:to", "from:{page}:to"]],
  ])("is also a file that an argument names %s", async (_how, args) => {
    const { state } = await shop({ args: ["deploy.sh", ...args] })
    expect(namesIn(await state()).toSorted()).toEqual([
      "argument deploy.sh",
      "argument lib.sh",
      "argument pages/index.html",
      "program sh",
    ])
  })

  test("is also a file that an argument names by an address, escaped or not", async () => {
    const { cwd, programs, asked } = await shop()
    const { deploy } = programs.config.commands
    if (deploy === undefined) throw new Error("no program")
    await writeFile(join(cwd, "a b"), "")
    const args = [`file://${cwd}/lib.sh`, `--from=file://localhost${cwd}/a%20b`, "{page}"]
    const read = await commandReadHandler({
      ...programs,
      config: { commands: { deploy: { ...deploy, args } } },
    }).run(callOf(asked))
    if (read.kind !== "succeeded") throw new Error(JSON.stringify(read))
    expect(namesIn(commandState.parse(read.output)).slice(1).toSorted()).toEqual([
      "argument a b",
      "argument lib.sh",
      "argument pages/index.html",
    ])
  })

  test("includes the file that a value names, with any text around the value", async () => {
    const { state } = await shop({ args: ["deploy.sh", "--only{page}"] })
    expect(namesIn(await state())).toContain("argument pages/index.html")
  })

  test(
    "is everything that agents write where the folders of the program are too many to search for links",
    { timeout: 30_000 },
    async () => {
      const { cwd, programs, asked } = await shop()
      const elsewhere = await mkdtemp(join(tmpdir(), "counterfoil-written-"))
      folders.push(elsewhere)
      await mkdir(join(cwd, "many"))
      for (let index = 0; index <= 10_000; index += 1) writeFileSync(join(cwd, `many/${index}`), "")
      const read = await commandReadHandler({ ...programs, writable: [elsewhere] }).run(callOf(asked))
      if (read.kind !== "succeeded") throw new Error(JSON.stringify(read))
      expect(namesIn(commandState.parse(read.output))).toContain(`reads ${basename(elsewhere)}`)
    },
  )

  test("is too large with a file beyond the bound, and the refusal says what to do", async () => {
    const { cwd, programs, asked } = await shop({ reads: ["huge"] })
    await writeFile(join(cwd, "huge"), "")
    await truncate(join(cwd, "huge"), 600 * 1024 * 1024)
    expect(await commandReadHandler(programs).run(callOf(asked))).toEqual({
      kind: "rejected",
      code: "STATE_TOO_LARGE",
      message: "The program acts on too many files: list the files that it reads in its configuration.",
    })
  })
})

describe("INV-02 a program runs on what was read for it, or not at all", () => {
  const differences: readonly (readonly [string, (cwd: string) => Promise<unknown>])[] = [
    ["the script that an argument names", (cwd) => writeFile(join(cwd, "deploy.sh"), "echo other\n")],
    ["a script that this one uses", (cwd) => writeFile(join(cwd, "lib.sh"), "echo other\n")],
    ["a file that the agent named", (cwd) => writeFile(join(cwd, "pages/index.html"), "<p>Other</p>\n")],
    ["a file that is new", (cwd) => writeFile(join(cwd, "pages/new.html"), "")],
    ["a folder that is new and empty", (cwd) => mkdir(join(cwd, "pages/empty"))],
    ["a file named .git", (cwd) => writeFile(join(cwd, "pages/.git"), "gitdir: ../other\n")],
    ["a file that is gone", (cwd) => unlink(join(cwd, "lib.sh"))],
    ["a file under another name", (cwd) => rename(join(cwd, "lib.sh"), join(cwd, "lib2.sh"))],
    ["a file that can be executed", (cwd) => chmod(join(cwd, "lib.sh"), 0o755)],
    [
      "a link in place of a file",
      async (cwd) => {
        await rename(join(cwd, "lib.sh"), join(cwd, "pages/lib.sh"))
        await symlink("pages/lib.sh", join(cwd, "lib.sh"))
      },
    ],
  ]
  test.each(differences)(
    "%s, changed since it was read, is refused before the start",
    async (_what, differ) => {
      const { cwd, state, run, ran } = await shop({ writable: "." })
      const before = await state()
      await differ(cwd)
      expect(await run(before)).toMatchObject({ kind: "rejected", code: "STATE_CHANGED" })
      expect(await ran()).toBe("")
    },
  )

  test("what a link leads to counts with it", async () => {
    const { cwd, state, run, ran } = await shop({ reads: ["pages"] })
    await symlink("../lib.sh", join(cwd, "pages/lib.sh"))
    const before = await state()
    await writeFile(join(cwd, "lib.sh"), "echo other\n")
    expect(await run(before)).toMatchObject({ code: "STATE_CHANGED" })
    expect(await ran()).toBe("")
  })

  describe.each([
    ["listed", { reads: ["."] }],
    ["left out, in a folder that agents cannot write", {}],
  ])("with what is read %s", (_what, more) => {
    const linked = async (link: string, target: string) => {
      const given = await shop(more)
      const reports = await mkdtemp(join(tmpdir(), "counterfoil-reports-"))
      folders.push(reports)
      await mkdir(join(reports, "inner"))
      await writeFile(join(reports, "inner/run.sh"), "echo one\n")
      await symlink(join(reports, target), join(given.cwd, link))
      const programs = { ...given.programs, writable: [reports] }
      const read = async () => {
        const answer = await commandReadHandler(programs).run(callOf(given.asked))
        if (answer.kind !== "succeeded") throw new Error(JSON.stringify(answer))
        return commandState.parse(answer.output)
      }
      return { ...given, reports, read, run: (state: Json) => given.run(state, programs) }
    }

    test.each([
      ["a folder", "pages/data", "."],
      ["a folder inside it", "data", "inner"],
      ["a file", "data", "inner/run.sh"],
      ["a file that is not there yet", "data", "later.sh"],
    ])("a link to %s counts with its target's contents", async (_kind, link, target) => {
      const { reports, read, run, ran } = await linked(link, target)
      const before = await read()
      await writeFile(join(reports, target.endsWith(".sh") ? target : "inner/run.sh"), "echo two\n")
      expect(await run(before)).toMatchObject({ kind: "rejected", code: "STATE_CHANGED" })
      expect(await ran()).toBe("")
    })

    test("a link behind a link counts, and links in a circle end", async () => {
      const { cwd, reports, read, run, ran } = await linked("unused", "inner")
      const between = await mkdtemp(join(tmpdir(), "counterfoil-between-"))
      folders.push(between)
      await unlink(join(cwd, "unused"))
      await symlink(between, join(cwd, "first"))
      await symlink(join(reports, "inner"), join(between, "second"))
      await symlink(cwd, join(between, "back"))
      await symlink(reports, join(reports, "inner/around"))
      const before = await read()
      expect(await read()).toEqual(before)
      await writeFile(join(reports, "inner/run.sh"), "echo two\n")
      expect(await run(before)).toMatchObject({ code: "STATE_CHANGED" })
      expect(await ran()).toBe("")
      expect((await run(await read())).kind).toBe("succeeded")
    })
  })

  test("what git keeps for itself does not, since agents write nothing there", async () => {
    const { cwd, state, run, ran } = await shop({ writable: "." })
    const before = await state()
    await writeFile(join(cwd, ".git/index"), "another")
    expect((await run(before)).kind).toBe("succeeded")
    expect(await ran()).toBe("pages/index.html\n")
  })

  test("another program, arguments or folder under the same name are refused", async () => {
    const { cwd, programs, state, run, ran } = await shop()
    const before = await state()
    const { deploy } = programs.config.commands
    if (deploy === undefined) throw new Error("no program")
    await writeFile(join(cwd, "sh"), await readFile("/bin/sh"))
    await chmod(join(cwd, "sh"), 0o755)
    for (const change of [
      { program: join(cwd, "sh") },
      { args: ["deploy.sh", "{page}", "more"] },
      { refusals: [3] },
    ]) {
      const other = { ...programs, config: { commands: { deploy: { ...deploy, ...change } } } }
      expect(await run(before, other)).toMatchObject({ code: "STATE_CHANGED" })
    }
    expect(await ran()).toBe("")
  })

  test("no field of a state that an agent wrote itself is believed, and a missing state is refused", async () => {
    const { programs, asked, state, run, ran } = await shop({ reads: ["lib.sh"] })
    const real = await state()
    const [first, ...rest] = real.files
    const lies: readonly Json[] = [
      { ...real, setup: first?.digest ?? "" },
      { ...real, files: rest },
      ...[{ file: "x" }, { kind: "reads" }, { digest: null }, { files: 2 }, { bytes: 1 }].map((lie) => ({
        ...real,
        files: [{ ...first, ...lie }, ...rest],
      })),
    ]
    for (const lie of lies) expect(await run(lie)).toMatchObject({ code: "STATE_CHANGED" })
    expect(await commandRunHandler(programs).run(callOf(asked))).toMatchObject({ code: "STATE_MISSING" })
    expect(await ran()).toBe("")
  })
})
