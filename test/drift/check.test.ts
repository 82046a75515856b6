// `counterfoil drift check` in a scratch clone of this repository: what an author does, and what the gate says to it.

import { chmodSync, readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { scratchClone, type ScratchClone } from "./scratch-clone.ts"

const minutes = 180_000
let clone: ScratchClone
beforeAll(() => {
  clone = scratchClone()
}, minutes)
afterEach(() => {
  clone.restore()
})
afterAll(() => {
  clone.remove()
})

const Report = z.object({
  result: z.string(),
  findings: z.array(z.object({ rule: z.string(), class: z.string(), contract: z.string(), at: z.string() })),
  notChecked: z.array(z.object({ part: z.string(), why: z.string() })),
})

interface Checked {
  readonly exit: number | null
  readonly result: string
  readonly findings: readonly string[]
  readonly why: readonly string[]
}

async function check(...words: readonly string[]): Promise<Checked> {
  const { exit, out } = await clone.run("drift", "check", "--format", "json", ...words)
  const { result, findings, notChecked } = Report.parse(JSON.parse(out))
  return {
    exit,
    result,
    findings: findings.map((one) => `${one.rule} ${one.class} ${one.contract} ${one.at}`),
    why: notChecked.map(({ why }) => why),
  }
}

const fsContracts = "adapters/handlers/src/fs/fs-contracts.ts"
const wroteBytes = "output: z.strictObject({ path: relativePath, bytes: z.int().min(0) })"

describe("an author who changes a contract", () => {
  test.each([
    [
      "removes an output field",
      [fsContracts, wroteBytes, "output: z.strictObject({ path: relativePath })"],
      "C014 breaking fs.file.write@1 /output/bytes",
    ],
    [
      "makes an optional input required",
      [
        "contracts/src/control-plane/execution.ts",
        "expectedVersion: Version.optional(),",
        "expectedVersion: Version,",
      ],
      "C012 breaking controlPlane.execution.start@1 /input/expectedVersion",
    ],
    [
      "changes an effect class",
      [fsContracts, 'effect: "natural"', 'effect: "unsafe",\n  irreversible: false'],
      "C030 breaking fs.file.write@1 /effect",
    ],
    [
      "deletes a contract",
      ["contracts/src/control-plane/control-plane.ts", "  quarantineList,\n", ""],
      "C001 breaking controlPlane.quarantine.list@1 ",
    ],
  ] as const)(
    "%s: exit 3, also when the lock was made anew",
    async (_says, [file, from, to], found) => {
      clone.edit(file, from, to)
      expect((await clone.run("contract", "lock")).exit).toBe(0)
      const { exit, findings } = await check("--against", "HEAD")
      expect(findings).toContain(found)
      expect(exit).toBe(3)
    },
    minutes,
  )

  test(
    "changes nothing: exit 0, against a commit, a file and the default branch",
    async () => {
      for (const words of [["--against", "HEAD"], ["--against", "contracts.lock.json"], []])
        expect(await check(...words)).toEqual({ exit: 0, result: "clean", findings: [], why: [] })
    },
    minutes,
  )

  test(
    "does not make the lock anew: exit 3, even when the change itself is safe",
    async () => {
      clone.edit(
        fsContracts,
        wroteBytes,
        "output: z.strictObject({ path: relativePath, bytes: z.int().min(0), more: z.boolean().optional() })",
      )
      clone.edit(
        fsContracts,
        'output: { path: "2026/november.md", bytes: 11 }',
        'output: { path: "2026/november.md", bytes: 11, more: false }',
      )
      clone.edit(
        fsContracts,
        'name: "fs.file.write",\n  version: "1.1.0"',
        'name: "fs.file.write",\n  version: "1.2.0"',
      )
      const { exit, findings } = await check("--against", "HEAD")
      expect(findings).toContain("C080 risky contracts.lock.json ")
      expect(findings).toContain("C080 risky docs/generated/schemas/fs.file.write@1.json ")
      expect(findings.filter((found) => !found.startsWith("C080 risky "))).toEqual([
        "C011 safe fs.file.write@1 /output/more",
      ])
      expect(exit).toBe(3)
      expect((await clone.run("contract", "lock")).exit).toBe(0)
      expect((await clone.run("contract", "generate")).exit).toBe(0)
      expect(await check("--against", "HEAD")).toEqual({
        exit: 0,
        result: "clean",
        findings: ["C011 safe fs.file.write@1 /output/more"],
        why: [],
      })
    },
    minutes,
  )
})

describe("a baseline that cannot be read is exit 1 and not checked", () => {
  const notChecked = async (words: readonly string[], why: RegExp): Promise<void> => {
    const checked = await check(...words)
    expect(checked).toMatchObject({ exit: 1, result: "notChecked", findings: [] })
    expect(checked.why.join()).toMatch(why)
  }

  test(
    "a ref that is not known, or is made to look like a flag",
    async () => {
      await notChecked(["--against", "no-such-branch"], /a known commit/)
      await notChecked(["--against=--output=x"], /a known commit/)
    },
    minutes,
  )

  test(
    "a commit without a lock, unless it is the first",
    async () => {
      const empty = clone.git(
        "commit-tree",
        "-m",
        "Empty",
        clone.git("hash-object", "-t", "tree", "-w", "/dev/null").trim(),
      )
      await notChecked(["--against", empty.trim()], /has no contracts\.lock\.json/)
      expect((await check("--against", empty.trim(), "--first")).exit).toBe(0)
    },
    minutes,
  )

  test(
    "a file that is missing, cut off, changed by hand, or something else",
    async () => {
      const lock = readFileSync(join(clone.folder, "contracts.lock.json"), "utf8")
      clone.write("cut.json", lock.slice(0, -100))
      clone.write("changed.json", lock.replace('"attempts": 3', '"attempts": 4'))
      await notChecked(["--against", "gone.json"], /ENOENT/)
      await notChecked(["--against", "cut.json"], /not JSON/)
      await notChecked(["--against", "changed.json"], /digest of/)
      await notChecked(["--against", "package.json"], /form of a lock/)
    },
    minutes,
  )

  test(
    "the lock in the tree itself",
    async () => {
      clone.write("contracts.lock.json", "{}")
      await notChecked(["--against", "HEAD"], /contracts\.lock\.json in this tree is not a lock/)
    },
    minutes,
  )

  test(
    "a branch without a common commit, and no default branch at all",
    async () => {
      const alone = clone.git("commit-tree", "-m", "Alone", "HEAD^{tree}").trim()
      clone.git("update-ref", "refs/remotes/origin/main", alone)
      await notChecked([], /no common commit/)
      clone.git("update-ref", "-d", "refs/remotes/origin/main")
    },
    minutes,
  )

  test(
    "contracts of the tree that cannot be defined",
    async () => {
      clone.edit(
        fsContracts,
        'goal: "A file below one of the configured folders holds exactly this text."',
        'goal: "short"',
      )
      const { exit, out } = await clone.run("drift", "check", "--against", "HEAD")
      expect(exit).toBe(1)
      expect(out).not.toContain("clean")
    },
    minutes,
  )
})

describe("a running server as the baseline", () => {
  let server: Server
  let url = ""
  let answer = { status: 200, body: "" }
  const asked: string[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? "without a token"}`)
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body)
    })
    await new Promise<void>((listening) => {
      server.listen(0, "127.0.0.1", listening)
    })
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  })
  afterAll(() => {
    server.close()
  })
  const committed = (): string => readFileSync(join(clone.folder, "contracts.lock.json"), "utf8")

  test(
    "is asked for its own lock, and a token goes to the server that it belongs to alone",
    async () => {
      answer = { status: 200, body: committed() }
      expect(await check("--against", url)).toMatchObject({ exit: 0, result: "clean" })
      expect(await check("--against", `${url}/some/contracts.lock.json`)).toMatchObject({ exit: 0 })
      clone.write("token", "cft_none")
      chmodSync(join(clone.folder, "token"), 0o600)
      await check("--against", url, "--url", "http://127.0.0.1:1", "--token-file", "token")
      await check("--against", url, "--url", url, "--token-file", "token")
      expect(asked).toEqual([
        "/v1/contracts.lock.json without a token",
        "/some/contracts.lock.json without a token",
        "/v1/contracts.lock.json without a token",
        "/v1/contracts.lock.json Bearer cft_none",
      ])
    },
    minutes,
  )

  test(
    "that refuses, answers something else, or is not there is exit 1 and not checked",
    async () => {
      answer = { status: 401, body: "{}" }
      expect(await check("--against", url)).toMatchObject({ exit: 1, result: "notChecked" })
      answer = { status: 200, body: "<html>" }
      expect(await check("--against", url)).toMatchObject({ exit: 1, result: "notChecked" })
      expect(await check("--against", "http://127.0.0.1:1")).toMatchObject({ exit: 1, result: "notChecked" })
    },
    minutes,
  )
})
