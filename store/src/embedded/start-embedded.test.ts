import { spawn, type ChildProcess } from "node:child_process"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Client } from "pg"
import { afterEach, describe, expect, test } from "vitest"
import { preparePostgresHome } from "./account.ts"
import { findNativeFolder } from "./native-folder.ts"
import { processIdentity } from "./process-identity.ts"
import { startEmbedded, type EmbeddedDatabase } from "./start-embedded.ts"

const asRoot = process.getuid?.() === 0
const nobody = { uid: 65534, gid: 65534 }
const childFile = fileURLToPath(new URL("start-embedded.child.ts", import.meta.url))
const cleanUps: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

describe("the embedded database", { timeout: 60_000 }, () => {
  test("starts in an empty folder, keeps rows across a stop, and admits all three roles", async () => {
    const dataDir = newFolder()
    chmodSync(dataDir, 0o755)
    const first = await start(dataDir)
    await keepNumbers(first.ownerUrl, [1])
    await first.stop()
    const second = await start(dataDir)
    expect(await numbers(second.ownerUrl)).toEqual([1])
    expect(await roleOf(second.url)).toBe("counterfoil_service")
    expect(await roleOf(second.eraserUrl)).toBe("counterfoil_eraser")
    expect(await roleOf(second.ownerUrl)).toBe("counterfoil_owner")
    // The mode of an existing folder does not change.
    expect(statSync(dataDir).mode & 0o777).toBe(0o755)
  })

  test("runs with durable commits, and its owner is not a superuser", async () => {
    const database = await start(newFolder())
    expect(
      await rows(
        database.ownerUrl,
        `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
          current_setting('full_page_writes') as pages, current_setting('is_superuser') as superuser`,
      ),
    ).toEqual([{ fsync: "on", commit: "on", pages: "on", superuser: "off" }])
  })

  test("INV-13 keeps its passwords in a file of mode 0600 and says none of them in its notes or its log", async () => {
    const dataDir = newFolder()
    const notes: string[] = []
    const database = await start(dataDir, notes)
    await expect(rows(database.ownerUrl, "select 'secret-in-a-statement' from nowhere")).rejects.toThrow(
      "nowhere",
    )
    const file = join(dataDir, "database-passwords.json")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const passwords = Object.values(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>)
    const said = notes.join("\n") + readFileSync(join(dataDir, "postgres.log"), "utf8")
    expect([...passwords, "secret-in-a-statement"].filter((secret) => said.includes(secret))).toEqual([])
    expect(await refusal(database.url.replace(/:[^:@]+@/, ":wrong@"))).toBe("28P01")
  })

  test("a second start on the same folder is refused and names the first one's process", async () => {
    const dataDir = newFolder()
    await start(dataDir)
    await expect(start(dataDir)).rejects.toMatchObject({ code: "dataFolderInUse", holderPid: process.pid })
  })

  test("a lock left by a process whose id another process has now does not stop a start", async () => {
    const dataDir = newFolder()
    const nonce = "00000000-0000-4000-8000-000000000000"
    writeFileSync(
      join(dataDir, "counterfoil.lock"),
      JSON.stringify({ pid: process.ppid, identity: "earlier", nonce }),
    )
    await start(dataDir)
    await expect(start(dataDir)).rejects.toMatchObject({ holderPid: process.pid })
  })

  test("after a SIGKILL of its parent the next start ends the server left behind and loses no committed row", async () => {
    const dataDir = newFolder()
    const child = await startChild(dataDir)
    await keepNumbers(child.ownerUrl, [1, 2, 3])
    await kill(child.process)
    expect(processIdentity(child.pid)).not.toBeNull()
    const database = await start(dataDir)
    expect(processIdentity(child.pid)).toBeNull()
    expect(await numbers(database.ownerUrl)).toEqual([1, 2, 3])
  })

  test("after a SIGKILL of both parent and server the next start recovers every committed row", async () => {
    const dataDir = newFolder()
    const child = await startChild(dataDir)
    await keepNumbers(child.ownerUrl, [1, 2, 3])
    await kill(child.process)
    process.kill(child.pid, "SIGKILL")
    const database = await start(dataDir)
    expect(await numbers(database.ownerUrl)).toEqual([1, 2, 3])
  })

  test("a server that is killed under a living parent is replaced on the same port", async () => {
    const dataDir = newFolder()
    const notes: string[] = []
    const database = await start(dataDir, notes)
    await keepNumbers(database.ownerUrl, [7])
    const [first, port] = [database.pid, database.port]
    process.kill(first, "SIGKILL")
    await until(() => database.pid !== first)
    expect(database.port).toBe(port)
    expect(await numbers(database.ownerUrl)).toEqual([7])
    expect(notes).toEqual([`PostgreSQL (process ${first}) died; starting it again`])
  })

  test("a postmaster.pid that names a living process other than PostgreSQL is removed, and the process is left alone", async () => {
    const dataDir = newFolder()
    const database = await start(dataDir)
    await database.stop()
    const bystander = spawn(process.execPath, ["-e", "setInterval(() => undefined, 60000)"], {
      stdio: "ignore",
    })
    cleanUps.push(() => kill(bystander))
    writeFileSync(
      join(dataDir, "postgres", "postmaster.pid"),
      `${bystander.pid}\n${dataDir}/postgres\n1\n1\n\n127.0.0.1\n`,
    )
    await start(dataDir)
    expect(bystander.exitCode).toBeNull()
  })

  test("a half-made cluster left by a crash is thrown away", async () => {
    const dataDir = newFolder()
    mkdirSync(join(dataDir, "postgres.draft"))
    writeFileSync(join(dataDir, "postgres.draft", "half"), "made")
    const database = await start(dataDir)
    expect(await roleOf(database.url)).toBe("counterfoil_service")
    expect(existsSync(join(dataDir, "postgres.draft"))).toBe(false)
  })

  test("a folder of another major version is refused", async () => {
    const dataDir = newFolder()
    mkdirSync(join(dataDir, "postgres"))
    writeFileSync(join(dataDir, "postgres", "PG_VERSION"), "15\n")
    await expect(start(dataDir)).rejects.toMatchObject({ code: "dataFolderUnusable" })
  })

  test("stop ends the server, gives the folder back, and may be called twice", async () => {
    const dataDir = newFolder()
    const database = await start(dataDir)
    const { pid } = database
    await Promise.all([database.stop(), database.stop()])
    expect(processIdentity(pid)).toBeNull()
    expect(existsSync(join(dataDir, "counterfoil.lock"))).toBe(false)
  })
})

describe.runIf(asRoot)("the embedded database started by root", { timeout: 60_000 }, () => {
  test("runs its server under an account without rights", async () => {
    const database = await start(newFolder())
    expect(statSync(`/proc/${database.pid}`).uid).toBe(nobody.uid)
  })

  test("an ordinary user starts it too, in a folder of that user", async () => {
    const dataDir = newFolder()
    chownSync(dataDir, nobody.uid, nobody.gid)
    const child = await startChild(dataDir, nobody)
    expect(await roleOf(child.url)).toBe("counterfoil_service")
    await kill(child.process)
    const again = await startChild(dataDir, nobody)
    expect(await roleOf(again.url)).toBe("counterfoil_service")
    process.kill(again.pid, "SIGINT")
  })

  test("a data folder in a closed home is kept where the account can reach it, and a note says where", async () => {
    const home = newFolder()
    chmodSync(home, 0o700)
    const dataDir = join(home, "data")
    const notes: string[] = []
    const first = await start(dataDir, notes)
    const kept = /kept in (\S+)$/.exec(notes[0] ?? "")?.[1] ?? "nowhere"
    cleanUps.unshift(() => rmSync(kept, { recursive: true, force: true }))
    await keepNumbers(first.ownerUrl, [5])
    await first.stop()
    expect(existsSync(join(kept, "postgres", "PG_VERSION"))).toBe(true)
    const second = await start(dataDir)
    expect(await numbers(second.ownerUrl)).toEqual([5])
  })

  test("a folder that was closed around its database is not opened again, and no empty database takes its place", async () => {
    const dataDir = newFolder()
    mkdirSync(join(dataDir, "postgres"))
    chmodSync(dataDir, 0o700)
    await expect(start(dataDir)).rejects.toMatchObject({ code: "dataFolderUnusable" })
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  })

  test("programs in a closed home are copied to where the account can reach them, once", () => {
    const home = newFolder()
    const dataDir = newFolder()
    chmodSync(home, 0o700)
    mkdirSync(join(home, "native", "bin"), { recursive: true })
    writeFileSync(join(home, "native", "bin", "postgres"), "", { mode: 0o700 })
    const notes: string[] = []
    const prepare = (): string =>
      preparePostgresHome(dataDir, { path: join(home, "native"), version: "0" }, (line) => notes.push(line))
        .native
    expect(prepare()).toBe(join(dataDir, "postgresql-0"))
    expect(statSync(join(prepare(), "bin", "postgres")).mode & 0o777).toBe(0o755)
    expect(notes).toHaveLength(1)
  })
})

test("the installed programs are found and runnable", () => {
  expect(findNativeFolder().version).toMatch(/^18\./)
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-embedded-"))
  chmodSync(folder, 0o711)
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(dataDir: string, notes: string[] = []): Promise<EmbeddedDatabase> {
  const database = await startEmbedded({ dataDir, log: (line) => notes.push(line) })
  cleanUps.push(() => database.stop())
  return database
}

interface Child {
  readonly process: ChildProcess
  readonly pid: number
  readonly url: string
  readonly ownerUrl: string
}

async function startChild(
  dataDir: string,
  account: { uid: number; gid: number } | null = null,
): Promise<Child> {
  const child = spawn(process.execPath, [childFile, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    ...account,
  })
  cleanUps.push(() => kill(child))
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as { pid: number; url: string; ownerUrl: string }
    cleanUps.push(() => {
      if (processIdentity(said.pid) !== null) process.kill(said.pid, "SIGINT")
      return until(() => processIdentity(said.pid) === null)
    })
    return { process: child, ...said }
  }
  throw new Error(`the child ended with ${child.exitCode}`)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once("exit", resolve))
  child.kill("SIGKILL")
  await exited
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 20_000
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error("waited too long")
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function keepNumbers(ownerUrl: string, values: readonly number[]): Promise<void> {
  await rows(ownerUrl, "create table if not exists numbers (n int primary key)")
  for (const value of values) await rows(ownerUrl, `insert into numbers values (${value})`)
}

async function numbers(ownerUrl: string): Promise<number[]> {
  return ((await rows(ownerUrl, "select n from numbers order by n")) as { n: number }[]).map((row) => row.n)
}

async function roleOf(url: string): Promise<string> {
  return ((await rows(url, "select current_user as role")) as { role: string }[])[0]?.role ?? "none"
}

async function refusal(url: string): Promise<string> {
  try {
    await rows(url, "select 1")
    return "let in"
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unknown"
  }
}
