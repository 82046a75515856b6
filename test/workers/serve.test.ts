// `counterfoil serve`: many processes on one database, as an operator starts, asks and stops them.

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { until } from "../support/until.ts"
import { openWorkersDatabase, type WorkersDatabase } from "./database.ts"

const main = join(rootFolder, "adapters/cli/src/main.ts")
let database: WorkersDatabase
const running = new Set<ChildProcess>()

beforeAll(async () => {
  database = await openWorkersDatabase("serve")
})
afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL")
    await ended(child)
  }
  running.clear()
})
afterAll(() => database.close())

describe("processes of one installation", { timeout: 90_000 }, () => {
  test("started at once on an empty database they migrate it once and make one owner, and each is ready", async () => {
    const kinds = ["api", "api", "worker", "all"]
    const served = kinds.map((role) => serve("--role", role, "--migrate"))
    const ready = await Promise.all(served.map(({ ready: line }) => line()))
    expect(ready.map(({ role }) => role)).toEqual(kinds)
    const tokens = served.flatMap(({ said }) => [...said().matchAll(/owner token, shown once: (\S+)/g)])
    expect(tokens).toHaveLength(1)
    const token = tokens[0]?.[1] ?? ""
    for (const { role, url } of ready) {
      expect((await fetch(`${url}/livez`)).status).toBe(200)
      await until(`${role} ready`, 30_000, async () => ((await fetch(`${url}/readyz`)).ok ? true : null))
      const asked = await fetch(`${url}/v1/executions`, { headers: { authorization: `Bearer ${token}` } })
      expect(asked.status).toBe(role === "worker" ? 404 : 200)
    }
    for (const { child } of served) child.kill("SIGTERM")
    expect(await Promise.all(served.map(({ child }) => ended(child)))).toEqual(kinds.map(() => [0, null]))
  })

  test("a process without a database says which variable names it", async () => {
    const { child, said } = serveWith({ ...database.env, DATABASE_URL: "" }, "--role", "worker")
    expect(await ended(child)).toEqual([1, null])
    expect(said()).toContain("error FAILED  DATABASE_URL names no database.")
  })

  test("a process whose database is away, or whose login may not what it needs, says so and ends", async () => {
    for (const [url, message] of [
      [
        "postgres://counterfoil_service:x@127.0.0.1:1/counterfoil",
        "The database of DATABASE_URL cannot be reached (ECONNREFUSED).\n  fix: Start it, or correct the address in DATABASE_URL.",
      ],
      [
        database.ownerUrl,
        "The login of DATABASE_URL lacks a right (42501).\n  fix: README.md says which logins there are, and what each may do.",
      ],
    ] as const) {
      const { child, said } = serveWith({ ...database.env, DATABASE_URL: url }, "--role", "worker")
      expect(await ended(child)).toEqual([1, null])
      expect(said()).toBe(`error FAILED  ${message}\n  see: docs/cli.md\n`)
    }
  })

  test("a process whose database was not migrated says so and ends", async () => {
    const empty = await openWorkersDatabase("serve-empty")
    const { child, said } = serveWith(empty.env, "--role", "worker")
    expect(await ended(child)).toEqual([1, null])
    await empty.close()
    expect(said()).toContain("run counterfoil migrate first")
  })

  test("a role that does not exist, and an invalid port, are refused as usage", async () => {
    for (const [flags, message] of [
      [["--role", "boss"], "--role is one of all, api, worker, relay."],
      [["--port", "65536"], "--port is a number from 0 to 65535."],
    ] as const) {
      const { child, said } = serveWith(database.env, ...flags)
      expect(await ended(child)).toEqual([2, null])
      expect(said()).toBe(`error USAGE  ${message}\n  fix: counterfoil serve --help\n  see: docs/cli.md\n`)
    }
  })
})

function serve(...flags: readonly string[]) {
  return serveWith(database.env, "--port", "0", ...flags)
}

function serveWith(env: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const child = spawn(process.execPath, [main, "serve", ...flags], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  })
  running.add(child)
  let text = ""
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8")
  })
  return {
    child,
    said: () => text,
    ready: () =>
      until("ready line", 60_000, () => {
        const found = /^ready {2}(\S+) {2}(\S+)$/m.exec(text)
        if (found === null && child.exitCode !== null) throw new Error(`it ended: ${text}`)
        return found === null ? null : { role: found[1] ?? "", url: found[2] ?? "" }
      }),
  }
}

async function ended(child: ChildProcess): Promise<readonly unknown[]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  return [child.exitCode, child.signalCode]
}
