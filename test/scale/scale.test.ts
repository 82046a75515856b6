import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { migrate, startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { rootFolder } from "../architecture/source-tree.ts"
import { fencedBlock } from "../docs/run-blocks.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { scaleDocument } from "./scale-document.ts"
import { ScaleFacts } from "./scale-facts.ts"

const document = join(rootFolder, "docs", "scale.md")
const factsFile = join(rootFolder, "docs", "scale.json")
const readFacts = (): ScaleFacts => ScaleFacts.parse(JSON.parse(readFileSync(factsFile, "utf8")))

describe("the page about scale follows from what was measured (npm run golden -- --update)", () => {
  test("docs/scale.md is made from docs/scale.json", async () => {
    await expect(scaleDocument(readFacts())).toMatchFileSnapshot(document)
  })

  test("a measurement that changes changes the page", () => {
    const facts = readFacts()
    const twice = scaleDocument({ ...facts, databaseMicros: facts.databaseMicros * 2 })
    expect(twice).not.toBe(scaleDocument(facts))
  })
})

describe("the way to divide tables that the page shows", () => {
  let folder: DataFolder
  let database: EmbeddedDatabase
  let owner: Client
  beforeAll(async () => {
    folder = newDataFolder("scale")
    database = await startEmbedded({ dataDir: folder.path, log: () => undefined })
    await migrate(database.ownerUrl)
    owner = new Client(database.ownerUrl)
    await owner.connect()
  }, 60_000)
  afterAll(async () => {
    await owner.end()
    await database.stop()
    folder.remove()
  })

  test("runs on our tables, and reading one execution touches one partition", async () => {
    const statements = fencedBlock(readFileSync(document, "utf8"), "sql partitions") ?? ""
    await owner.query(statements)
    const { rows } = await owner.query<{ "QUERY PLAN": string }>(
      "explain select * from entry_by_time where execution_id = 'exe_01kgg0000000000000000000000'",
    )
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n")
    expect(plan).toContain("entry_2026")
    expect(plan).not.toContain("entry_2027")
  })
})
