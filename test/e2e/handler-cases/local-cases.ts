// Calls of the handlers for files, programs and texts, on a real folder and real programs.
// Owns: that folder, its configuration, these cases. Does not own: git (git-cases.ts), nor how an ending looks.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import type { Json } from "@counterfoil/contracts"
import type { Input } from "../../support/handler-plane.ts"
import type { EndingCase } from "./ending-case.ts"

/** A name that the gate takes and no file system does. */
export const longName = "x".repeat(300)

/** What `makeFiles` made below a folder. */
const many = Array.from({ length: 100 }, (_, index) => `many/${index}`)

/** The configuration of these handlers. */
export function localConfig(folder: string): { readonly fs: Json; readonly process: Json } {
  const program = { cwd: folder, reads: [] as string[] }
  const shell = (script: string) => ({ ...program, program: "/bin/sh", args: ["-c", script] })
  return {
    fs: {
      roots: {
        files: { path: join(folder, "files"), writable: true },
        fixed: { path: join(folder, "files") },
        absent: { path: join(folder, "absent"), writable: true },
      },
    },
    process: {
      commands: {
        greet: { ...program, program: "/bin/echo", args: ["{name}"], parameters: { name: "[a-z]+" } },
        script: { ...program, program: "/bin/sh", args: ["script.sh"] },
        refuse: { ...shell("exit 3"), refusals: [3] },
        fail: shell("echo once >> failed; exit 1"),
        absent: { ...program, program: join(folder, "absent"), args: [] },
        looped: { ...shell("true"), reads: ["loop"] },
        // More places than one run may be bound to.
        wide: { ...program, program: "/bin/echo", args: many, reads: many.map((name) => `${name}.more`) },
      },
    },
  }
}

/** Makes the files below a folder; the cases about them. */
export function localCases(folder: string): readonly EndingCase[] {
  makeFiles(folder)
  const file = (path: string, root = "files"): Input => ({ root, path })
  const written = (path: string, root = "files"): Input => ({ root, path, text: "text\n" })
  const run = (command: string, values: Input = {}): Input => ({ command, arguments: values })
  const [render, read, write] = ["text.template.render@1", "fs.file.read@1", "fs.file.write@1"]
  const [look, start] = ["process.command.read@1", "process.command.run@1"]
  const greet = run("greet", { name: "mia" })
  return [
    {
      contract: render,
      ending: "succeeded",
      input: { template: "Hello {{name}}", values: { name: "Mia" } },
      shows: ({ output }) => expect(output).toEqual({ text: "Hello Mia" }),
    },
    { contract: render, ending: "TEMPLATE_INVALID", input: { template: "{{> partial}}", values: {} } },
    {
      contract: render,
      ending: "OUTPUT_TOO_LARGE",
      input: { template: "{{a}}{{a}}", values: { a: "x".repeat(40_000) } },
    },
    { contract: render, ending: "OUTPUT_NOT_TEXT", input: { template: "{{a}}", values: { a: "\u0007" } } },

    {
      contract: read,
      ending: "succeeded",
      input: file("note.txt", "fixed"),
      shows: ({ output }) => expect(output).toEqual({ text: "a note\n", bytes: 7 }),
    },
    { contract: read, ending: "ROOT_UNKNOWN", input: file("note.txt", "nowhere") },
    { contract: read, ending: "NOT_FOUND", input: file("absent.txt") },
    { contract: read, ending: "PATH_REFUSED", input: file("link") },
    { contract: read, ending: "NOT_A_FILE", input: file("folder") },
    { contract: read, ending: "TOO_LARGE", input: file("long.txt") },
    { contract: read, ending: "NOT_TEXT", input: file("binary") },
    { contract: read, ending: "notSent", input: file(longName) },

    {
      contract: write,
      ending: "succeeded",
      input: written("new/file.txt"),
      shows: ({ output }) => {
        expect(output).toEqual({ path: "new/file.txt", bytes: 5 })
        expect(readFileSync(join(folder, "files/new/file.txt"), "utf8")).toBe("text\n")
      },
    },
    { contract: write, ending: "ROOT_UNKNOWN", input: written("note.txt", "nowhere") },
    { contract: write, ending: "ROOT_READ_ONLY", input: written("note.txt", "fixed") },
    { contract: write, ending: "PATH_REFUSED", input: written("link") },
    { contract: write, ending: "NOT_FOUND", input: written("note.txt", "absent") },
    { contract: write, ending: "NOT_A_FILE", input: written("folder") },
    { contract: write, ending: "notSent", input: written(longName) },

    {
      contract: look,
      ending: "succeeded",
      input: greet,
      shows: ({ output }) => expect(output).toMatchObject({ files: [{ file: "echo", kind: "program" }] }),
    },
    ...[look, start].flatMap((contract) => [
      { contract, ending: "COMMAND_UNKNOWN", input: run("nothing") },
      { contract, ending: "ARGUMENT_REFUSED", input: run("greet", { name: "MIA" }) },
      { contract, ending: "STATE_UNREADABLE", input: run("looped") },
      { contract, ending: "STATE_TOO_LARGE", input: run("wide") },
    ]),
    {
      contract: start,
      ending: "succeeded",
      input: greet,
      shows: ({ output }) => expect(output).toEqual({ exitCode: 0, stdout: "mia\n", stderr: "", cut: false }),
    },
    {
      contract: start,
      ending: "STATE_CHANGED",
      input: run("script"),
      meanwhile: () => writeFileSync(join(folder, "script.sh"), "echo smuggled\n"),
    },
    { contract: start, ending: "COMMAND_REFUSED", input: run("refuse") },
    { contract: start, ending: "notSent", input: run("absent") },
    {
      contract: start,
      ending: "unknown",
      input: run("fail"),
      shows: () => expect(readFileSync(join(folder, "failed"), "utf8")).toBe("once\n"),
    },
  ]
}

function makeFiles(folder: string): void {
  for (const name of ["files/folder", "many"]) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, "files/note.txt"), "a note\n")
  writeFileSync(join(folder, "files/long.txt"), "x".repeat(64 * 1024 + 1))
  writeFileSync(join(folder, "files/binary"), Buffer.from([0xff, 0xfe, 0]))
  symlinkSync("/etc/hostname", join(folder, "files/link"))
  for (const name of many) writeFileSync(join(folder, name), "")
  symlinkSync("loop", join(folder, "loop"))
  writeFileSync(join(folder, "script.sh"), "echo approved\n")
}
