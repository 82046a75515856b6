// The section of README.md that goes from nothing to two workers and an agent, typed as a reader types it: into one shell, on an
// empty PostgreSQL and with a nats-server that is started there. Ports are this machine's free ones; everything else is as shown.

import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { freePort, natsServerPath } from "../support/nats-server.ts"
import { fencedBlocks } from "./run-blocks.ts"
import { openTypedShell, type TypedShell } from "./typed-shell.ts"
import { compileCache } from "../support/compile-cache.ts"

const psql = fileURLToPath(new URL("psql.child.ts", import.meta.url))
const folder = newDataFolder("production")
const place = join(folder.path, "reader")
let database: EmbeddedDatabase
let shell: TypedShell
beforeAll(async () => {
  database = await startEmbedded({ dataDir: join(folder.path, "db"), log: () => undefined })
  const superuser = await emptied(database)
  mkdirSync(place)
  // The agent's program is in the checkout, and the reader works in a folder beside it.
  symlinkSync(join(rootFolder, "test"), join(place, "test"))
  const main = join(rootFolder, "adapters", "cli", "src", "main.ts")
  shell = openTypedShell({
    folder: place,
    env: {
      HOME: place,
      NO_COLOR: "1",
      PGPORT: String(database.port),
      PGPASSWORD: superuser,
      ...compileCache,
    },
    programs: {
      "npx": `#!/bin/sh\ncase $1 in counterfoil) shift; set -- "${main}" "$@";; node) shift;; esac\nexec "${process.execPath}" "$@"\n`,
      "psql": `#!/bin/sh\nexec "${process.execPath}" "${psql}" "$@"\n`,
      "nats-server": `#!/bin/sh\nexec "${natsServerPath() ?? "nats-server"}" "$@"\n`,
    },
  })
})
afterAll(async () => {
  await shell.close()
  await database.stop()
  folder.remove()
})

describe("README.md goes from nothing to two workers, one NATS, one PostgreSQL and an agent", () => {
  test(
    "typed as shown, the agent waits through an approval, and over NATS and HTTP gets one result",
    {
      timeout: 180_000,
    },
    async () => {
      const page = readFileSync(join(rootFolder, "README.md"), "utf8")
      const blocks = fencedBlocks(page, "sh typed")
      const ports = new Map<string, number>()
      for (const port of new Set(blocks.join().match(/\b74\d\d\b/g))) ports.set(port, await freePort())
      let printed = ""
      for (const block of blocks) printed = await shell.type(await onFreePorts(block, ports))

      expect(printed).toContain("Message     Add notes")
      expect(printed).toContain("approved.")
      const answers = printed.split("\n").filter((line) => line.startsWith("{"))
      const commits = execFileSync("git", ["-C", join(place, "production", "notes"), "log", "--format=%H %s"])
        .toString()
        .trim()
        .split("\n")
      const made = { branch: "main", commit: commits[0]?.slice(0, 40) }
      expect(answers.map((line): unknown => JSON.parse(line))).toEqual([made, made])
      expect(commits.map((line) => line.slice(41))).toEqual(["Add notes", "start"])
      for (const [written, port] of ports)
        expect([written, (await fetch(`http://127.0.0.1:${port}/readyz`)).status]).toEqual([written, 200])
    },
  )
})

describe("the superuser of README.md", () => {
  test("where it has no password, as on Debian, the roles are made from its account on the machine", () => {
    const [block = ""] = fencedBlocks(readFileSync(join(rootFolder, "README.md"), "utf8"), "sh typed")
    const upTo = block.indexOf("\nSQL\n") + "\nSQL\n".length
    const bin = join(folder.path, "debian")
    mkdirSync(bin)
    const programs = {
      psql: "#!/bin/sh\necho 'fe_sendauth: no password supplied' >&2\nexit 2\n",
      sudo: '#!/bin/sh\necho "$@"\ncat\n',
    }
    for (const [name, script] of Object.entries(programs))
      writeFileSync(join(bin, name), script, { mode: 0o755 })
    const printed = execFileSync("bash", ["-e", "-c", block.slice(0, upTo)], {
      cwd: bin,
      env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` },
      encoding: "utf8",
    })
    expect(printed).toMatch(
      /^-u postgres psql\ncreate role counterfoil_owner [\s\S]*create database counterfoil /,
    )
  })
})

/** The block with this machine's ports for those that are written, and those that are taken when nothing is said. */
async function onFreePorts(block: string, ports: ReadonlyMap<string, number>): Promise<string> {
  const listening = block
    .replace("--role api ", `--role api --port 7420 --metrics-port ${await freePort()} `)
    .replace("nats config ./nats", `nats config ./nats --listen 127.0.0.1:${await freePort()}`)
  return [...ports].reduce((text, [written, port]) => text.replaceAll(written, String(port)), listening)
}

/** Removes what the embedded start made, as on a new server. Returns the superuser's password. */
async function emptied({ port }: EmbeddedDatabase): Promise<string> {
  const kept = readFileSync(join(folder.path, "db", "database-passwords.json"), "utf8")
  const { postgres: password } = JSON.parse(kept) as { postgres: string }
  const client = new Client({ user: "postgres", password, host: "127.0.0.1", port, database: "postgres" })
  await client.connect()
  await client.query("drop database counterfoil")
  for (const role of ["owner", "service", "eraser"]) await client.query(`drop role counterfoil_${role}`)
  await client.end()
  return password
}
