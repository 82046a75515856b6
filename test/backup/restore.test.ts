// A backup is written under load, its database continues and is then lost, and the backup replaces it.
// The ledger of the outside service says whether anything was done twice.

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { agreesWithTraces, examineRestored } from "@counterfoil/server/operate"
import { startAll, type Started } from "@counterfoil/server/process"
import {
  readBackup,
  restoreBackup,
  startEmbedded,
  writeBackup,
  type EmbeddedDatabase,
} from "@counterfoil/store"
import { Client } from "pg"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { effectCapability, effectHandlers, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger, type Ledger } from "../support/ledger.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { until } from "../support/until.ts"

const nowhere = {
  begin: () => Promise.resolve(),
  table: () => Promise.resolve(),
  rows: () => Promise.resolve(),
  end: () => Promise.resolve(),
}
const keep = () => Promise.resolve(true)
const acting = ["natural", "keyed", "probeable", "unsafe"] as const

let letGo: () => void = () => {}
let folder: DataFolder
let ledger: Ledger
let before: EmbeddedDatabase
let after: EmbeddedDatabase
let file: string

/** A control plane on a database, whose service writes into the one ledger. */
function planeOn({ url, ownerUrl, eraserUrl }: EmbeddedDatabase): Promise<Started> {
  const { promise, resolve } = Promise.withResolvers<void>()
  letGo = resolve
  return startAll(
    {
      data: folder.path,
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "silent",
      extra: effectHandlers(ledger, "PT2S", () => promise),
    },
    { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl, DATABASE_ERASER_URL: eraserUrl },
  )
}

beforeAll(async () => {
  folder = newDataFolder("backup")
  ledger = openLedger(join(folder.path, "ledger.jsonl"))
  file = join(folder.path, "test.backup.gz")
  const start = (name: string) => startEmbedded({ dataDir: join(folder.path, name), log: () => undefined })
  before = await start("before")
  after = await start("after")
}, 60_000)

afterAll(async () => {
  await before.stop()
  await after.stop()
  folder.remove()
})

const step = (name: EffectName, point: "K09" | "none", follows?: EffectName) => ({
  key: name,
  contract: effectRef(name),
  input: { label: name, point },
  ...(follows === undefined ? {} : { after: [follows] }),
})
const effectsOf = (label: string): number =>
  ledger.lines().filter((line) => line.what === "effect" && line.label === label).length

/** How far each execution's trace goes, by id. */
async function headsOf({ ownerUrl }: EmbeddedDatabase): Promise<ReadonlyMap<string, number>> {
  const client = new Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string; seq: number }>(
      "select execution_id as id, head_seq::int as seq from execution",
    )
    return new Map(rows.map(({ id, seq }) => [id, seq]))
  } finally {
    await client.end()
  }
}

describe("a backup that is written under load takes the place of a lost database", () => {
  let agent: Person
  let ana: Person
  let executionId: string

  /** Approves every held step, repeatedly, until no step is active. */
  const approveUntilRest = (plane: Started) =>
    until("execution at rest", 40_000, async () => {
      for (const item of await openRequests(plane.plane.url, ana, executionId))
        await approve(plane.plane.url, ana, item)
      const { steps = [] } = await readExecution(plane.plane.url, ana, executionId)
      return steps.every(({ status }) => status === "completed" || status === "inDoubt") ? steps : null
    })

  test(
    "while it is written work goes on, and what is lost afterwards has had its effects",
    { timeout: 90_000 },
    async () => {
      const plane = await planeOn(before)
      const core = "control-plane.core"
      agent = await addSomeone(plane, { kind: "agent", name: "bot", capabilities: [core, effectCapability] })
      ana = await addSomeone(plane, {
        kind: "human",
        name: "ana",
        roles: ["approver"],
        capabilities: [core, "control-plane.approval", "control-plane.audit"],
      })
      const submit = (key: string, steps: Parameters<typeof submitDraft>[3]) =>
        submitDraft(plane.plane.url, agent, key, steps)
      const waiting = await submit("story", [
        step("natural", "K09"),
        step("keyed", "none", "natural"),
        step("probeable", "none", "natural"),
        step("unsafe", "none", "natural"),
      ])
      executionId = waiting.executionId
      await until("the first call", 10_000, () => (ledger.calls("natural") > 0 ? true : null))

      let written = false
      const load = (async () => {
        for (let n = 0; !written; n += 1) await submit(`load-${n}`, [{ ...step("pure", "none") }])
      })()
      await until("some load", 10_000, async () => ((await headsOf(before)).size > 10 ? true : null))
      await writeBackup(before.ownerUrl, file)
      written = true
      await load
      await expect(writeBackup(before.ownerUrl, file)).rejects.toMatchObject({ code: "EEXIST" })
      expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([true, false])
      // A disk that refuses ends the backup with what it said, and not the process.
      await expect(writeBackup(before.ownerUrl, join(file, "below"))).rejects.toMatchObject({
        code: "ENOTDIR",
      })

      letGo()
      await approveUntilRest(plane)
      expect(acting.map(effectsOf)).toEqual([1, 1, 1, 1])
      await plane.close()
    },
  )

  test(
    "restored, every chain verifies, its rows agree with its traces, and every head is one that its trace once had",
    { timeout: 60_000 },
    async () => {
      await restoreBackup(after.ownerUrl, file, async ({ summary, rows }) => {
        const found = await examineRestored(rows, summary.environment)
        expect([found.verified, found.broken, agreesWithTraces(found)]).toEqual([
          summary.rows["execution"],
          [],
          true,
        ])
        // What will go on by itself is said before anything of it counts.
        expect(found.open.map((one) => one.executionId)).toContain(executionId)
        return true
      })
      const lost = await headsOf(before)
      const restored = await headsOf(after)
      for (const [id, seq] of restored) expect([id, seq <= (lost.get(id) ?? 0)]).toEqual([id, true])
      expect(lost.get(executionId)).toBeGreaterThan(restored.get(executionId) ?? 0)
    },
  )

  test(
    "INV-03 the restored work goes on with nothing done twice: probed, sent with the same key, or in doubt",
    { timeout: 90_000 },
    async () => {
      const plane = await planeOn(after)
      try {
        letGo()
        const steps = await approveUntilRest(plane)
        expect(Object.fromEntries(steps.map(({ key, status }) => [key, status]))).toEqual({
          natural: "completed",
          keyed: "completed",
          probeable: "completed",
          unsafe: "inDoubt",
        })
        expect(acting.map(effectsOf)).toEqual([1, 1, 1, 1])
        expect(ledger.calls("unsafe")).toBe(1)
        expect(ledger.calls("probeable")).toBe(1)
      } finally {
        await plane.close()
      }
    },
  )

  test("a database that was never migrated has nothing to back up", { timeout: 30_000 }, async () => {
    const fresh = await startEmbedded({ dataDir: join(folder.path, "fresh"), log: () => undefined })
    try {
      await expect(writeBackup(fresh.ownerUrl, file)).rejects.toThrow("never been migrated")
    } finally {
      await fresh.stop()
    }
  })

  test("a database that holds anything is refused", async () => {
    await expect(restoreBackup(after.ownerUrl, file, keep)).rejects.toThrow("not empty")
  })

  test("a file that was cut off, changed or is not a backup is refused before any of it is restored", async () => {
    const bytes = readFileSync(file)
    const text = gunzipSync(bytes).toString("latin1")
    const spoilt = join(folder.path, "spoilt.backup.gz")
    const refusal = async (content: Uint8Array): Promise<string> => {
      writeFileSync(spoilt, content)
      return await readBackup(spoilt, nowhere).then(
        () => "read",
        (error: unknown) => String(error),
      )
    }
    const changed = text.replace("natural", "notural")
    const short = text.slice(0, text.lastIndexOf("\\."))
    expect(await refusal(bytes)).toBe("read")
    expect(await refusal(bytes.subarray(0, bytes.length - 100))).toContain("cut off")
    expect(await refusal(gzipSync(Buffer.from(short, "latin1")))).toContain("cut off")
    expect(await refusal(gzipSync(Buffer.from(changed, "latin1")))).toContain("changed")
    expect(await refusal(gzipSync("something else\n"))).toContain("Not a backup")
  })

  test(
    "a restore that comes upon a cut or a changed row ends with a sentence, and leaves the database empty",
    { timeout: 90_000 },
    async () => {
      const empty = await startEmbedded({ dataDir: join(folder.path, "spoilt"), log: () => undefined })
      const spoilt = join(folder.path, "spoilt.backup.gz")
      const bytes = readFileSync(file)
      const text = gunzipSync(bytes).toString("latin1")
      const restored = async (content: Uint8Array): Promise<string> => {
        writeFileSync(spoilt, content)
        return await restoreBackup(empty.ownerUrl, spoilt, keep).then(
          () => "restored",
          (error: unknown) => String(error),
        )
      }
      try {
        for (const share of [0.3, 0.6, 0.9])
          expect(await restored(bytes.subarray(0, bytes.length * share))).toContain("cut off")
        // The server refuses an invalid number while the rows behind it are still being sent.
        const row = /^exe_[^\n]*$/m.exec(text)?.[0] ?? ""
        const unreadable = text.replace(row, row.replaceAll(/\t\d+(?=\t)/g, "\tmany"))
        expect(await restored(gzipSync(Buffer.from(unreadable, "latin1")))).toContain("changed")
        expect(await restored(bytes)).toBe("restored")
      } finally {
        await empty.stop()
      }
    },
  )
})
