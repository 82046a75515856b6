// The patrol on a real installation, before and after a person with every right on the database has changed a trace.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { inspectEnded } from "@counterfoil/server/operate"
import { startAll, type Started } from "@counterfoil/server/process"
import { engineWasmUrl, openWasmEngine, type CedarEngine } from "@counterfoil/policy"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { submitDraft } from "../support/asking.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { addSomeone } from "../support/people.ts"
import { until } from "../support/until.ts"

let folder: DataFolder
let database: EmbeddedDatabase
let owner: Client
let started: Started
let engine: CedarEngine

beforeAll(async () => {
  folder = newDataFolder("patrol")
  database = await startEmbedded({ dataDir: join(folder.path, "database"), log: () => undefined })
  started = await startAll(
    { data: folder.path, host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "silent" },
    {
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
    },
  )
  owner = new Client(database.ownerUrl)
  await owner.connect()
  const opened = openWasmEngine(await readFile(new URL(engineWasmUrl())))
  if (!opened.ok) throw new Error("the engine is another")
  engine = opened.value
}, 60_000)

afterAll(async () => {
  await owner.end()
  await started.close()
  await database.stop()
  folder.remove()
})

const found = async () => {
  const { store, registry, random } = started.plane
  const world = { store, registry, engine, clock: store.clock, random, tenant: started.tenant }
  return (await inspectEnded(world))?.found ?? null
}

describe("INV-04 a process is ready only while it would serve a call", () => {
  const statusOf = async (path: string, token?: string): Promise<number> =>
    (
      await fetch(new URL(path, started.plane.url), {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
    ).status
  const readyIs = (status: number) =>
    until(`/readyz ${status}`, 15_000, async () => ((await statusOf("/readyz")) === status ? true : null))

  test("not while valid tokens are unknown, though the database answers; and again as soon as they are known", async () => {
    const { token } = await addSomeone(started, {
      kind: "agent",
      name: "late",
      capabilities: ["control-plane.core"],
    })
    await readyIs(200)
    await owner.query("create policy hides on token as restrictive using (false)")
    expect(await statusOf("/v1/executions", token)).toBe(401)
    await readyIs(503)
    expect(await statusOf("/livez")).toBe(200)
    await owner.query("drop policy hides on token")
    await readyIs(200)
    expect(await statusOf("/v1/executions", token)).toBe(200)
  })
})

describe("the patrol looks through ended executions", () => {
  test("finds nothing where nothing has ended, and INV-08 identical where one has", async () => {
    expect(await found()).toBeNull()
    const agent = await addSomeone(started, {
      kind: "agent",
      name: "bot",
      capabilities: ["control-plane.core", "text.compute"],
    })
    const render = { key: "a", contract: "text.template.render@1", input: { template: "x", values: {} } }
    const { status } = await submitDraft(started.plane.url, agent, "one", [render], { wait: "PT10S" })
    expect(status).toBe("completed")
    expect(await found()).toBe("identical")
  })

  test("finds a row that claims another head than its trace has", async () => {
    await owner.query(
      "update execution set row = jsonb_set(row::jsonb, '{head,hash}', to_jsonb('sha256:' || repeat('0', 64)))::json",
    )
    expect(await found()).toBe("projection")
  })

  test("INV-07 finds an entry that was changed", async () => {
    await owner.query(
      "update payload set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'template', 'tenplate'), 'UTF8') where seq = 1",
    )
    expect(await found()).toBe("chain")
  })
})
