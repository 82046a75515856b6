import { createServer } from "node:net"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, test } from "vitest"
import { DefinitionError } from "@counterfoil/contracts"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { SettingsError } from "../settings/data-folder.ts"
import { operatorFailure, type OperatorFailure } from "./operator-failure.ts"

const places = { hosts: ["0.0.0.0", "api.internal"], database: "DATABASE_URL" }
const coded = (code: string, more: object = {}): Error => Object.assign(new Error("no"), { code, ...more })
const wordsOf = ({ sentence, fix }: OperatorFailure): string =>
  fix === null ? sentence : `${sentence} ${fix}`
const line = (error: unknown): string | null => {
  const failure = operatorFailure(error, places)
  return failure === null ? null : wordsOf(failure)
}

describe("an error that an operator can fix has a sentence and a next step", () => {
  test.each([
    [
      coded("ECONNREFUSED"),
      "The database of DATABASE_URL cannot be reached (ECONNREFUSED). Start it, or correct the address in DATABASE_URL.",
    ],
    [
      coded("ENOTFOUND", { hostname: "db.internal" }),
      "The database of DATABASE_URL cannot be reached (ENOTFOUND). Start it, or correct the address in DATABASE_URL.",
    ],
    [
      coded("28P01"),
      "The database of DATABASE_URL refuses this login or has no such database (28P01). Correct user, password and name in DATABASE_URL.",
    ],
    [
      coded("42501"),
      "The login of DATABASE_URL lacks a right (42501). README.md says which logins there are, and what each may do.",
    ],
    [
      coded("53100"),
      "The server of DATABASE_URL has no disk space left (53100). Give it more, and run the same command again.",
    ],
    [
      coded("55P03", { severity: "ERROR" }),
      "A lock in the database of DATABASE_URL was not free in time (55P03). Another program changes its tables: wait for it, or end it, and run the same command again.",
    ],
    [
      new Error("Query read timeout"),
      "The database of DATABASE_URL took the connection and gave no session in time. A pooler may be out of sessions: give it more, and run the same command again.",
    ],
    [
      Object.assign(new Error("unsupported startup parameter: options"), {
        code: "08P01",
        severity: "FATAL",
      }),
      "The server of DATABASE_URL refuses the connection (08P01): unsupported startup parameter: options. Change what it names, in the server or in DATABASE_URL, and run the same command again.",
    ],
    [
      coded("EADDRINUSE", { syscall: "listen", address: "127.0.0.1", port: 7420 }),
      "Port 7420 of 127.0.0.1 is taken on this machine. Stop what listens there, or choose others with --port and --metrics-port.",
    ],
    [
      coded("EADDRNOTAVAIL", { syscall: "listen", address: "192.0.2.1", port: 7420 }),
      "192.0.2.1 is not an address of this machine (EADDRNOTAVAIL). Name one of this machine with --host and --metrics-host: 127.0.0.1, or 0.0.0.0 for all of them.",
    ],
    [
      coded("ENOTFOUND", { hostname: "api.internal" }),
      "api.internal is not an address of this machine (ENOTFOUND). Name one of this machine with --host and --metrics-host: 127.0.0.1, or 0.0.0.0 for all of them.",
    ],
    [
      coded("EACCES", { syscall: "listen", address: "127.0.0.1", port: 80 }),
      "This account may not listen on port 80. Choose a port from 1024 on, with --port and --metrics-port.",
    ],
    [
      coded("EACCES", { syscall: "open", path: "/etc/handlers.json" }),
      "/etc/handlers.json cannot be opened: this account lacks the right (EACCES). Give it the right, or name another place, and run the same command again.",
    ],
    [
      coded("ENOSPC", { syscall: "write" }),
      "A file cannot be written: the disk has no space left (ENOSPC). Free some, or name a place on another disk, and run the same command again.",
    ],
    [
      coded("EUNHEARDOF", { syscall: "open", path: "/a" }),
      "/a cannot be opened: the system refuses it (EUNHEARDOF). Look into it, and run the same command again.",
    ],
    [new SettingsError("--port is a number. Name one."), "--port is a number. Name one."],
  ])("%o", (error, sentence) => {
    expect(line(error)).toBe(sentence)
    const wrapped = new StoreUnavailable("the store cannot be reached", { cause: error })
    expect(line(wrapped)).toBe(sentence)
  })

  test("for an error of the operating system", async () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-failure-"))
    try {
      expect(line(thrownBy(() => readdirSync(join(folder, "gone"))))).toContain(
        "gone cannot be listed: it is not there, or its folder is not (ENOENT).",
      )
      expect(line(thrownBy(() => writeFileSync(folder, "")))).toContain(
        "cannot be opened: it is a folder (EISDIR).",
      )
      expect(line(thrownBy(() => readFileSync(folder)))).toContain("cannot be read: it is a folder (EISDIR).")
      expect(line(spawnSync(join(folder, "no-git")).error)).toContain(
        "no-git cannot be started: it is not installed, or not in PATH (ENOENT). Install it,",
      )
      const listening = new Promise((resolve) => createServer().once("error", resolve).listen(0, "192.0.2.1"))
      expect(line(await listening)).toContain("192.0.2.1 is not an address of this machine (EADDRNOTAVAIL).")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test("for a wrong module or contract of an author", () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-author-"))
    const broken = [
      ["import.mjs", 'import "./gone.mjs"'],
      ["syntax.mjs", "const = 1"],
      ["typescript.ts", "enum A { b }"],
      ["export.mjs", 'import { none } from "node:fs"\nnone()'],
    ] as const
    for (const [name, text] of broken) writeFileSync(join(folder, name), text)
    // Loaded by Node itself, as the program loads its modules: the test runner would transform them first.
    const program = `
      const { operatorFailure } = await import(${JSON.stringify(new URL("./operator-failure.ts", import.meta.url).href)})
      for (const name of ${JSON.stringify(broken.map(([name]) => name))})
        await import(${JSON.stringify(pathToFileURL(`${folder}/`).href)} + name).catch((error) => {
          const { sentence, fix } = operatorFailure(error)
          console.log(sentence + " " + fix)
        })`
    const said = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" })
    rmSync(folder, { recursive: true, force: true })
    expect(said.stdout.replaceAll(folder, "").trimEnd().split("\n")).toEqual(
      [
        "Cannot find module '/gone.mjs' imported from /import.mjs.",
        "Unexpected token '='.",
        "/typescript.ts:1: TypeScript enum is not supported in strip-only mode.",
        "/export.mjs:1: The requested module 'node:fs' does not provide an export named 'none'.",
      ].map(
        (why) =>
          `A module cannot be loaded: ${why} Correct that file, or run npm ci where a package is missing, and run the same command again.`,
      ),
    )
    expect(line(new DefinitionError("crm.note.add@1", ["has no examples"]))).toBe(
      "crm.note.add@1 cannot be defined: has no examples. Correct it, and run the same command again; counterfoil contract lint checks contracts by themselves.",
    )
  })

  test("a bug has none, and an error of a text parser has none", () => {
    expect(operatorFailure(new TypeError("x is not a function"), places)).toBeNull()
    expect(operatorFailure(coded("23505"), places)).toBeNull()
    expect(
      operatorFailure(
        thrownBy(() => JSON.parse("{")),
        places,
      ),
    ).toBeNull()
    expect(operatorFailure("ENOENT", places)).toBeNull()
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error("nothing was thrown")
}
