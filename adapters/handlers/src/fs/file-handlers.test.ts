// The file handlers: the laws of their classes, and every known way out of the folder.

import { execFileSync } from "node:child_process"
import { link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import { callOf, handlerLaws } from "../../test/handler-laws.ts"
import { readJailed, writeJailed } from "../jail.ts"
import { fileReadHandler, fileWriteHandler } from "./file-handlers.ts"

const folders: string[] = []
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), "counterfoil-fs-"))
  folders.push(made)
  await writeFile(join(made, "old.txt"), "old\n")
  return made
}
afterEach(async () => {
  for (const each of folders.splice(0)) await rm(each, { recursive: true, force: true })
})
const configOf = (path: string, writable = true) => ({ roots: { reports: { path, writable } } })
const contents = async (path: string) => JSON.stringify((await readdir(path, { recursive: true })).toSorted())

handlerLaws("fs.file.read", async () => {
  const path = await folder()
  return {
    handler: fileReadHandler(configOf(path)),
    input: { root: "reports", path: "old.txt" },
    badInput: { root: "reports", path: "/etc/passwd" },
    observe: () => contents(path),
    effects: async () => 0,
    secrets: [],
    close: async () => {},
  }
})
handlerLaws("fs.file.write", async () => {
  const path = await folder()
  return {
    handler: fileWriteHandler(configOf(path)),
    input: { root: "reports", path: "a/b/new.txt", text: "new\n" },
    badInput: { root: "reports", path: "..", text: "" },
    observe: () => contents(path),
    effects: async () => (await readdir(join(path, "a/b"))).length,
    secrets: [],
    close: async () => {},
  }
})

describe("the jail", () => {
  test.each(["../x", "a/../../x", "/etc/passwd", "a//b", ".", "..", "", "a/.", "a\0b", "a\\..\\b", "./a"])(
    "refuses the path %j",
    async (path) => {
      const root = await folder()
      expect(await readJailed(root, path, 100)).toEqual({ ok: false, problem: "PATH_REFUSED" })
      expect(await writeJailed(root, path, Buffer.from("x"), ".scratch")).toEqual({
        ok: false,
        problem: "PATH_REFUSED",
      })
    },
  )

  test("links are followed neither to files nor to folders, and are not replaced", async () => {
    const root = await folder()
    const outside = await folder()
    await symlink(join(outside, "old.txt"), join(root, "file"))
    await symlink(outside, join(root, "folder"))
    for (const path of ["file", "folder/old.txt"]) {
      expect(await readJailed(root, path, 100)).toEqual({ ok: false, problem: "PATH_REFUSED" })
      expect(await writeJailed(root, path, Buffer.from("x"), ".scratch")).toEqual({
        ok: false,
        problem: "PATH_REFUSED",
      })
    }
    expect(await readFile(join(outside, "old.txt"), "utf8")).toBe("old\n")
    expect((await readdir(root)).toSorted()).toEqual(["file", "folder", "old.txt"])
  })

  test("a file that has a second name elsewhere is not read", async () => {
    const root = await folder()
    await link(join(await folder(), "old.txt"), join(root, "linked"))
    expect(await readJailed(root, "linked", 100)).toEqual({ ok: false, problem: "PATH_REFUSED" })
  })

  test("pipes, devices and folders are not files", async () => {
    const root = await folder()
    execFileSync("mkfifo", [join(root, "pipe")])
    await mkdir(join(root, "dir"))
    expect(await readJailed(root, "pipe", 100)).toEqual({ ok: false, problem: "NOT_A_FILE" })
    expect(await readJailed(root, "dir", 100)).toEqual({ ok: false, problem: "NOT_A_FILE" })
    expect(await writeJailed(root, "pipe", Buffer.from("x"), ".scratch")).toEqual({
      ok: false,
      problem: "NOT_A_FILE",
    })
    expect(await writeJailed(root, "dir", Buffer.from("x"), ".scratch")).toEqual({
      ok: false,
      problem: "NOT_A_FILE",
    })
    expect(await readJailed("/dev", "null", 100)).toEqual({ ok: false, problem: "NOT_A_FILE" })
  })

  test("a folder that is swapped for a link again and again never leads outside", async () => {
    const root = await folder()
    const outside = await folder()
    const inside = join(root, "inside")
    let swapping = true
    // The writer makes the folder as well, so each step of the swap may come too late.
    const late = () => {}
    const swap = (async () => {
      while (swapping) {
        await rm(inside, { recursive: true, force: true }).catch(late)
        await symlink(outside, inside).catch(late)
        await rm(inside, { recursive: true, force: true }).catch(late)
        await mkdir(inside).catch(late)
      }
    })()
    for (let i = 0; i < 500; i += 1)
      await writeJailed(root, "inside/old.txt", Buffer.from("changed"), ".scratch")
    swapping = false
    await swap
    expect(await readFile(join(outside, "old.txt"), "utf8")).toBe("old\n")
    expect(await readdir(outside)).toEqual(["old.txt"])
  })

  test("what a crash left beside the file is overwritten, and the file's permissions stay", async () => {
    const root = await folder()
    await writeFile(join(root, "run.sh"), "old", { mode: 0o755 })
    await writeFile(join(root, ".scratch"), "half")
    expect(await writeJailed(root, "run.sh", Buffer.from("new"), ".scratch")).toEqual({ ok: true })
    expect(await readdir(root)).toEqual(["old.txt", "run.sh"])
    expect((await stat(join(root, "run.sh"))).mode & 0o777).toBe(0o755)
  })

  test("throws what only a mistake in calling the system can be, and makes no answer of it", async () => {
    await expect(readJailed("/tmp/\0", "a.txt", 100)).rejects.toThrow(TypeError)
    await expect(writeJailed("/tmp/\0", "a.txt", Buffer.from("a"), ".scratch")).rejects.toThrow(TypeError)
  })
})

describe("fs handlers", () => {
  test("a folder that is not writable, or not configured, is refused", async () => {
    const path = await folder()
    const input = { root: "reports", path: "new.txt", text: "" }
    expect(await fileWriteHandler(configOf(path, false)).run(callOf(input))).toMatchObject({
      kind: "rejected",
      code: "ROOT_READ_ONLY",
    })
    expect(
      await fileWriteHandler(configOf(path)).run(callOf({ ...input, root: "constructor" })),
    ).toMatchObject({ kind: "rejected", code: "ROOT_UNKNOWN" })
  })

  test("a file that is too long, or no text, is refused", async () => {
    const path = await folder()
    await writeFile(join(path, "long"), "x".repeat(64 * 1024 + 1))
    await writeFile(join(path, "binary"), Buffer.from([0xff, 0xfe, 0]))
    const read = (name: string) =>
      fileReadHandler(configOf(path)).run(callOf({ root: "reports", path: name }))
    expect(await read("long")).toMatchObject({ kind: "rejected", code: "TOO_LARGE" })
    expect(await read("binary")).toMatchObject({ kind: "rejected", code: "NOT_TEXT" })
    expect(await read("absent")).toMatchObject({ kind: "rejected", code: "NOT_FOUND" })
  })
})
