// A backup whose contents were changed and whose checksum was computed again: what restore sees by itself, what it sees with a
// receipt or a key that was kept elsewhere, and what it asks a person.

import { createHash, generateKeyPairSync } from "node:crypto"
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import {
  agreesWithTraces,
  examineRestored,
  tablesNotCompared,
  type Examination,
} from "@counterfoil/server/operate"
import { call, must, runCli, type Io, type Someone } from "@counterfoil/cli"
import { startAll } from "@counterfoil/server/process"
import { Digest, EntryHead, policySourceMediaType, type TraceEntry } from "@counterfoil/contracts"
import { migrate, restoreBackup, startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { Client } from "pg"
import { commandIo } from "../support/command-io.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { edited, rehashed } from "../replay/forge.ts"

const Added = z.object({ output: z.object({ principalId: z.string() }) })
const Given = z.object({ status: z.string(), executionId: z.string() })
const Answer = z.object({
  restored: z.boolean(),
  comparedWith: z.array(z.string()),
  confirmedByPerson: z.boolean(),
  broken: z.array(z.string()),
  projections: z.array(z.object({ id: z.string(), fields: z.array(z.string()) })),
  texts: z.array(z.string()),
  strays: z.record(z.string(), z.int()),
  list: z.string(),
  tokensEnded: z.int(),
  rights: z.array(
    z.object({
      right: z.looseObject({ what: z.string(), id: z.string().nullable() }),
      standing: z.object({
        made: z.string(),

        executionId: z.string().nullish(),
      }),
    }),
  ),
})

let folder: DataFolder
let server: EmbeddedDatabase
let target: EmbeddedDatabase
let backup: string
let key: string
let written: Awaited<ReturnType<typeof run>>
let agent: string
let grant: { readonly grantId: string; readonly executionId: string }

const at = (name: string): string => join(folder.path, name)
const newSpki = (): string =>
  generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).toString("base64")
const textOf = (file: string): string => gunzipSync(readFileSync(file)).toString("latin1")

/** Runs statements as the owner of a database. */
async function asOwner<T>({ ownerUrl }: EmbeddedDatabase, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Whether anything was restored into the target, which is emptied again then. */
const takeRestored = (): Promise<boolean> =>
  asOwner(target, async (client) => {
    const { rows } = await client.query<{ used: boolean }>("select exists (select from principal) as used")
    const tables = [...textOf(backup).matchAll(/^\{"table":"([a-z_]+)"/gm)].map(([, table = ""]) => table)
    await client.query(`truncate ${tables.join(", ")}`)
    return rows[0]?.used ?? false
  })

/** How many tokens of what was restored count, and how many say that their holder has signed in. */
const tokensOf = (): Promise<{ readonly tokens: number; readonly signedIn: number }> =>
  asOwner(target, async (client) => {
    const { rows } = await client.query<{ tokens: number; signedIn: number }>(
      `select count(*) filter (where revoked_at is null)::int as tokens,
        count(*) filter (where not reset)::int as "signedIn" from token`,
    )
    return rows[0] ?? { tokens: 0, signedIn: 0 }
  })

/** The program's outside, in this process: on a database, with the answer of someone at the terminal, or no one there. */
const outside = ({ ownerUrl }: EmbeddedDatabase, answer: string | null, said: Said): Io =>
  commandIo({
    env: { DATABASE_OWNER_URL: ownerUrl, DATABASE_URL: ownerUrl },
    interactive: answer !== null,
    out: (text) => said.out.push(text),
    say: (text) => said.err.push(text),
    ask: (question) => {
      said.err.push(question)
      return Promise.resolve(answer ?? "")
    },
  })

interface Said {
  readonly out: string[]
  readonly err: string[]
}

async function run(on: EmbeddedDatabase, ...args: readonly string[]) {
  const said: Said = { out: [], err: [] }
  const code = await runCli(args, outside(on, null, said))
  return { code, out: said.out.join(""), err: said.err.join("\n") }
}

/** Restores into an empty database and returns the output, whether the database has rows, and the number of valid tokens. */
async function restore(file: string, ...more: readonly string[]) {
  const ended = await run(target, "restore", "--from", file, "--json", ...more)
  const tokens = await tokensOf()
  return {
    ...ended,
    ...tokens,
    answer: () => Answer.parse(JSON.parse(ended.out)),
    used: await takeRestored(),
  }
}

/** The backup with other contents and a checksum that is right again; the signature, if any, is kept. */
function changed(name: string, change: (text: string) => string): string {
  const lines = change(textOf(backup)).trimEnd().split("\n")
  const trailer = z.looseObject({ rows: z.record(z.string(), z.int()) }).parse(JSON.parse(lines.pop() ?? ""))
  const contents = `${lines.join("\n")}\n`
  const rows: Record<string, number> = {}
  let table: string | null = null
  for (const line of lines.slice(1)) {
    if (table === null) rows[(table = z.object({ table: z.string() }).parse(JSON.parse(line)).table)] = 0
    else if (line === "\\.") table = null
    else rows[table] = (rows[table] ?? 0) + 1
  }
  const sha256 = createHash("sha256").update(Buffer.from(contents, "latin1")).digest("hex")
  const file = at(name)
  writeFileSync(
    file,
    gzipSync(Buffer.from(`${contents}${JSON.stringify({ ...trailer, rows, sha256 })}\n`, "latin1")),
  )
  return file
}

/** Changes the rows of one table, each as its columns. */
const rowsOf =
  (table: string, change: (rows: readonly string[], columns: readonly string[]) => readonly string[]) =>
  (text: string): string => {
    const head = new RegExp(`^\\{"table":"${table}","columns":(.*)\\}\\n`, "m").exec(text)
    const from = (head?.index ?? 0) + (head?.[0].length ?? 0)
    const to = text.indexOf("\\.\n", from)
    const rows = text.slice(from, to).split("\n").slice(0, -1)
    const columns = z.array(z.string()).parse(JSON.parse(head?.[1] ?? "[]"))
    const after = change(rows, columns).map((row) => `${row}\n`)
    return text.slice(0, from) + after.join("") + text.slice(to)
  }

const cells = (row: string): string[] => row.split("\t")
/** A row with one cell changed. */
const withCell = (row: string, columns: readonly string[], column: string, value: string): string =>
  cells(row).with(columns.indexOf(column), value).join("\t")

beforeAll(async () => {
  folder = newDataFolder("changed-backup")
  server = await startEmbedded({ dataDir: at("server"), log: () => undefined })
  target = await startEmbedded({ dataDir: at("target"), log: () => undefined })
  await migrate(target.ownerUrl)
  const plane = await startAll(
    { data: folder.path, host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "silent" },
    { DATABASE_URL: server.url, DATABASE_OWNER_URL: server.ownerUrl, DATABASE_ERASER_URL: server.eraserUrl },
  )
  const owner: Someone = { name: "owner", token: plane.ownerToken ?? "", key: null }
  const govern = (path: string, body: { readonly [field: string]: string | { readonly level: string } }) =>
    must(
      call<unknown>(plane.plane.url, owner, "POST", path, {
        ...body,
        key: `for${path.replaceAll("/", "-")}`,
        wait: "PT20S",
      }),
    )
  const added = await govern("/principals/add", { kind: "agent", name: "robot", reason: "a test" })
  agent = Added.parse(added).output.principalId
  const given = await govern("/grants/give", {
    principal: agent,
    principalKind: "agent",
    capability: "control-plane.core",
    scope: { level: "own" },
    expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    reason: "a test",
  })
  await must(call<unknown>(plane.plane.url, owner, "POST", "/review-keys", { spki: newSpki() }))
  const { output } = z.object({ output: z.object({ grantId: z.string() }) }).parse(given)
  grant = { grantId: output.grantId, executionId: Given.parse(given).executionId }
  await plane.close()
  backup = at("kept.backup.gz")
  key = at("backup-key")
  written = await run(server, "backup", "--out", backup, "--sign-with", key)
}, 90_000)

afterAll(async () => {
  await server.stop()
  await target.stop()
  folder.remove()
})

const eve = "hum_01kaz3v8g0e8r4n2t6w0y3b5zz"

/** Another owner: a person whom no trace made, with the role. */
const withEve = (text: string): string =>
  rowsOf("role_grant", (rows, columns) => [
    ...rows,
    withCell(
      withCell(rows[0] ?? "", columns, "grant_id", "grn_01kaz3v8g0e8r4n2t6w0y3b5zz"),
      columns,
      "principal_id",
      eve,
    ),
  ])(
    rowsOf("principal", (rows, columns) => [
      ...rows,
      withCell(
        withCell(rows.find((row) => row.includes("hum_")) ?? "", columns, "name", "eve"),
        columns,
        "principal_id",
        eve,
      ),
    ])(text),
  )

describe("a backup with another owner in it and a checksum that is right", () => {
  test(
    "without a receipt or a key nothing is restored before a person confirmed the list, which has the owner in it",
    {
      timeout: 60_000,
    },
    async () => {
      const { code, answer, err, used } = await restore(changed("eve.gz", withEve))
      expect([code, used]).toEqual([2, false])
      expect(answer()).toMatchObject({ restored: false, comparedWith: [] })
      expect(err).toContain("nothing was restored")
      const ofEve = answer().rights.filter(({ right }) => [right.id, right["principal"]].includes(eve))
      expect(
        ofEve.map(({ right, standing }) => [right.what, right["name"] ?? right["role"], standing.made]),
      ).toEqual([
        ["principal", "eve", "byNothing"],
        ["role", "owner", "byNothing"],
      ])
    },
  )

  test(
    "with a receipt or a key that was kept elsewhere it is refused, and the database stays empty",
    {
      timeout: 60_000,
    },
    async () => {
      const forged = changed("eve-again.gz", withEve)
      for (const kept of [
        ["--receipts", `${backup}.receipt`],
        ["--key", `${key}.pub`],
      ]) {
        const { code, answer, used } = await restore(forged, ...kept)
        expect([kept[0], code, used, answer().restored]).toEqual([kept[0], 3, false, false])
        const looked = await run(server, "backup", "--verify", forged, ...kept)
        expect([looked.code, looked.out]).toEqual([3, expect.stringContaining("IS NOT THE BACKUP")])
      }
    },
  )

  test(
    "INV-04 a later time in its head keeps no right off the list that counts now, and is named",
    { timeout: 60_000 },
    async () => {
      const later = (text: string): string =>
        text.replace(/"takenAt":"[^"]*"/, '"takenAt":"2199-01-01T00:00:00.000Z"')
      const { code, answer, err, used } = await restore(
        changed("eve-later.gz", (text) =>
          later(
            rowsOf("role_grant", (rows, columns) =>
              rows.map((row) =>
                row.includes(eve) ? withCell(row, columns, "expires_at", "2198-01-01 00:00:00+00") : row,
              ),
            )(withEve(text)),
          ),
        ),
      )
      expect([code, used]).toEqual([2, false])
      expect(answer().rights.map(({ right }) => [right.what, right["principal"]])).toContainEqual([
        "role",
        eve,
      ])
      expect(err).toContain("2199-01-01T00:00:00.000Z")
    },
  )

  test("a head with an invalid time is refused", { timeout: 30_000 }, async () => {
    const file = changed("eve-when.gz", (text) => withEve(text).replace(/"takenAt":"[^"]*"/, '"takenAt":"~"'))
    const { code, used } = await restore(file)
    expect([code, used]).toEqual([1, false])
  })

  test("its own checksum is right, which is never called verified", { timeout: 30_000 }, async () => {
    const { code, out } = await run(server, "backup", "--verify", changed("eve-3.gz", withEve))
    expect([code, out]).toEqual([0, expect.stringContaining("not verified")])
  })
})

describe("the backup as it was written", () => {
  test("has a receipt, and says that it has to be kept elsewhere", () => {
    expect([written.code, written.err]).toEqual([0, expect.stringContaining("apart from this backup")])
  })

  test.each([
    ["receipt", () => ["--receipts", at("receipts.jsonl")]],
    ["signature", () => ["--key", `${key}.pub`]],
  ])("is restored against its %s, with exit 0", { timeout: 60_000 }, async (proof, kept) => {
    // Receipts of many backups are one file, one a line.
    appendFileSync(at("receipts.jsonl"), `${readFileSync(`${backup}.receipt`, "utf8")}\n`)
    const { code, answer, tokens, used } = await restore(backup, ...kept())
    expect([code, tokens > 0, used]).toEqual([0, true, true])
    expect(answer()).toMatchObject({
      restored: true,
      tokensEnded: 0,
      comparedWith: [proof],
      broken: [],
      projections: [],
      texts: [],
      strays: {},
    })
    expect(answer().rights.filter(({ standing }) => standing.made === "contradicted")).toEqual([])
    expect(answer().rights.find(({ right }) => right.id === grant.grantId)).toMatchObject({
      right: { what: "grant", principal: agent },
      standing: { made: "byTrace", executionId: grant.executionId },
    })
  })

  test(
    "with neither, --confirm with the digest of the list restores it, and exit 1 says that nothing showed it",
    {
      timeout: 60_000,
    },
    async () => {
      const first = await restore(backup)
      const { list } = first.answer()
      const { code, answer, err, tokens, signedIn, used } = await restore(backup, "--confirm", list)
      // A person cannot see in a list who holds the secret of a token. Everyone can be signed in anew.
      expect([code, tokens, signedIn, used]).toEqual([1, 0, 0, true])
      expect(answer()).toMatchObject({ restored: true, comparedWith: [], confirmedByPerson: true })
      expect(answer().tokensEnded).toBeGreaterThan(0)
      expect(err).toContain("owner recover")
      const other = await restore(changed("eve-4.gz", withEve), "--confirm", list)
      expect([other.code, other.used]).toEqual([2, false])
    },
  )

  test("a flag that would be ignored is a mistake of the call: a key to read with signs nothing", async () => {
    const signed = await run(server, "backup", "--out", at("unsigned.gz"), "--key", `${key}.pub`)
    expect([signed.code, existsSync(at("unsigned.gz"))]).toEqual([2, false])
    expect((await run(server, "backup", "--verify", backup, "--sign-with", key)).code).toBe(2)
    expect((await run(server, "backup", "--verify", backup, "--out", at("other.gz"))).code).toBe(2)
  })

  test("a file that is there is never written over: not a backup, not its receipt, not the public half of a key", async () => {
    const kept = [backup, at("other.gz.receipt"), at("lost-key.pub")]
    for (const file of kept.slice(1)) writeFileSync(file, "kept")
    const before = kept.map((file) => readFileSync(file))
    for (const out of [backup, at("other.gz")]) {
      const { code, err } = await run(server, "backup", "--out", out)
      expect([code, err]).toEqual([6, expect.stringContaining("FILE_EXISTS")])
    }
    const unsigned = await run(server, "backup", "--out", at("third.gz"), "--sign-with", at("lost-key"))
    expect([unsigned.code, unsigned.err]).toEqual([1, expect.stringContaining("lost-key.pub exists")])
    expect(kept.map((file) => readFileSync(file))).toEqual(before)
    expect([at("other.gz"), at("third.gz"), at("lost-key")].filter((file) => existsSync(file))).toEqual([])
  })

  test("what was kept elsewhere is read before the backup is", async () => {
    for (const flag of ["--receipts", "--key"]) {
      const { code, used, err } = await restore(at("nothing.gz"), flag, at("not-there"))
      expect([code, used, err]).toEqual([1, false, expect.stringContaining("not-there")])
    }
  })

  test(
    "a key that is made on first use is for its owner alone, is used again, and is never restored with",
    {
      timeout: 30_000,
    },
    async () => {
      expect(statSync(key).mode & 0o777).toBe(0o600)
      const before = readFileSync(key, "utf8")
      const again = await run(server, "backup", "--out", at("again.gz"), "--sign-with", key)
      expect([again.code, readFileSync(key, "utf8") === before]).toEqual([0, true])
      const { code, used, err } = await restore(backup, "--key", key)
      expect([code, used, err]).toEqual([1, false, expect.stringContaining("private key")])
      expect(existsSync(`${key}.pub`)).toBe(true)
    },
  )
})

describe("INV-04 what the traces say is derived and compared, not believed", () => {
  /** What is found in a changed backup, of which nothing is kept. */
  const contradiction = async (name: string, change: (text: string) => string): Promise<Examination> => {
    const found: Examination[] = []
    await restoreBackup(target.ownerUrl, changed(name, change), async ({ rows, summary }) => {
      found.push(await examineRestored(rows, summary.environment))
      return false
    })
    const [only] = found
    if (only === undefined) throw new Error("nothing was examined")
    expect([agreesWithTraces(only), await takeRestored()]).toEqual([false, false])
    return only
  }
  const standingOf = ({ rights }: Examination, id: string) =>
    rights.find(({ right }) => right.id === id)?.standing
  /** The words of a contradiction; empty for every other standing. */
  const because = (standing: ReturnType<typeof standingOf>): string =>
    standing?.made === "contradicted" ? standing.because : ""

  test.each([
    ["a grant with a wider scope", "capability_grant", "scope", '{"level":"tenant"}', "scope"],
    [
      "a grant of another capability",
      "capability_grant",
      "capability",
      "control-plane.governance",
      "capability",
    ],
    ["a grant that ends later", "capability_grant", "expires_at", "2099-01-01 00:00:00+00", "expiresAt"],
    [
      "a grant that is revoked",
      "capability_grant",
      "revoked_at",
      "2026-01-01 00:00:00+00",
      "no trace says so",
    ],
  ])("%s is contradicted by its trace", { timeout: 60_000 }, async (name, table, column, value, words) => {
    const answer = await contradiction(`${name}.gz`, (text) =>
      rowsOf(table, (rows, columns) =>
        rows.map((row) => (row.includes(grant.grantId) ? withCell(row, columns, column, value) : row)),
      )(text),
    )
    expect(because(standingOf(answer, grant.grantId))).toContain(words)
  })

  test(
    "INV-06 another key under the id of one is contradicted, and another secret under a token has another fingerprint",
    { timeout: 60_000 },
    async () => {
      const [spki, hash] = [newSpki(), "7".repeat(64)]
      const put = (table: string, column: string, value: string) =>
        rowsOf(table, (rows, columns) => rows.map((row) => withCell(row, columns, column, value)))
      const answer = await contradiction("other-key.gz", put("review_key", "spki", spki))
      const key = answer.rights.find(({ right }) => right.what === "reviewKey")
      expect([key?.right, because(key?.standing)]).toEqual([
        expect.objectContaining({ spki }),
        "its id is not that of its public part",
      ])
      const file = changed(
        "other-token.gz",
        rowsOf("token", ([row = "", ...rows], columns) => [
          withCell(row, columns, "hash", String.raw`\\x${hash}`),
          ...rows,
        ]),
      )
      const fingerprints = async (from: string): Promise<readonly unknown[]> =>
        (await restore(from))
          .answer()
          .rights.flatMap(({ right }) => (right.what === "token" ? [right["fingerprint"]] : []))
      const [before, after] = [await fingerprints(backup), await fingerprints(file)]
      expect(after.filter((one) => !before.includes(one))).toEqual([`sha256:${hash.slice(0, 32)}`])
    },
  )

  test(
    "a principal with another name or registrar, and one that was taken out, are contradicted",
    {
      timeout: 60_000,
    },
    async () => {
      const renamed = await contradiction(
        "renamed.gz",
        rowsOf("principal", (rows, columns) =>
          rows.map((row) => (row.includes(agent) ? withCell(row, columns, "name", "cyborg") : row)),
        ),
      )
      expect(because(standingOf(renamed, agent))).toContain("name")
      const adopted = await contradiction(
        "adopted.gz",
        rowsOf("principal", (rows, columns) =>
          rows.map((row) => (row.includes(agent) ? withCell(row, columns, "added_by", eve) : row)),
        ),
      )
      expect(because(standingOf(adopted, agent))).toContain("addedBy")
      const gone = await contradiction(
        "gone.gz",
        rowsOf("principal", (rows) => rows.filter((row) => !row.includes(agent))),
      )
      expect(standingOf(gone, agent)).toMatchObject({ made: "contradicted" })
    },
  )

  test(
    "a policy whose text is another than its digest says is contradicted",
    { timeout: 60_000 },
    async () => {
      const answer = await contradiction(
        "policy.gz",
        rowsOf("policy_pointer", (rows) => rows.map((row) => row.replace("forbid", "permit"))),
      )
      expect(because(answer.rights.find(({ right }) => right.what === "policy")?.standing)).toContain(
        "digest",
      )
    },
  )

  test(
    "rows of executions and their columns are what their traces give, texts are those of their digests, and nothing is stray",
    {
      timeout: 90_000,
    },
    async () => {
      const requester = eve
      const projected = await contradiction(
        "projected.gz",
        rowsOf("execution", (rows, columns) =>
          rows.map((row) => withCell(row, columns, "requester", requester)),
        ),
      )
      expect(projected.projections.map(({ fields }) => fields)).toContainEqual(["requester"])
      const documents = await contradiction(
        "documents.gz",
        rowsOf("execution", (rows) => rows.map((row) => row.replace('"channel":"http"', '"channel":"cli"'))),
      )
      expect(documents.projections.map(({ fields }) => fields)).toContainEqual(["channel"])
      const texts = await contradiction(
        "texts.gz",
        rowsOf("blob", (rows, columns) =>
          rows.map((row, i) => (i === 0 ? withCell(row, columns, "bytes", String.raw`\\x7b7d`) : row)),
        ),
      )
      expect(texts.texts).toHaveLength(1)
      const stray = await contradiction(
        "stray.gz",
        rowsOf("execution", (rows) => rows.filter((row) => !row.includes(grant.executionId))),
      )
      expect(stray.strays["entry"]).toBeGreaterThan(0)
      expect(standingOf(stray, grant.grantId)).toEqual({ made: "byNothing" })
    },
  )

  test(
    "INV-07 a trace that was changed does not verify, and what it gave is in no trace then",
    {
      timeout: 60_000,
    },
    async () => {
      const level = Buffer.from('"level":"own"').toString("hex")
      const wider = Buffer.from('"level":"all"').toString("hex")
      const answer = await contradiction(
        "chain.gz",
        rowsOf("payload", (rows) => rows.map((row) => row.replaceAll(level, wider))),
      )
      expect(answer.broken).toContain(grant.executionId)
      expect(standingOf(answer, grant.grantId)).toEqual({ made: "byNothing" })
    },
  )

  test(
    "INV-02 a trace that was made anew with its chain is held to what a bundle of it is, and so is one whose policy texts or contracts are gone",
    { timeout: 60_000 },
    async () => {
      const relabelled = await contradiction("relabelled.gz", relabel)
      expect([relabelled.broken, relabelled.projections]).toEqual([[grant.executionId], []])
      expect(standingOf(relabelled, grant.grantId)).toEqual({ made: "byNothing" })
      const undecided = await contradiction(
        "no-policy.gz",
        rowsOf("blob", (rows) => rows.filter((row) => !row.includes(policySourceMediaType))),
      )
      expect([undecided.broken.includes(grant.executionId), undecided.texts]).toEqual([true, []])
      // No bundle of it would verify: what it names its contracts by is nowhere.
      const unwritten = await contradiction(
        "no-locks.gz",
        rowsOf("registry_lock", () => []),
      )
      expect([unwritten.broken.includes(grant.executionId), unwritten.texts]).toEqual([true, []])
    },
  )
})

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** The execution that gave the grant with its start under another name, and every hash made again wherever it is. */
function relabel(text: string): string {
  const entries: TraceEntry[] = []
  rowsOf("entry", (rows, columns) => {
    for (const row of rows.filter((one) => one.includes(grant.executionId))) {
      const bytes = (column: string): Buffer =>
        Buffer.from((cells(row)[columns.indexOf(column)] ?? "").replace(/^\\+x/, ""), "hex")
      const digest = (column: string) => Digest.parse(`sha256:${hexOf(bytes(column))}`)
      const headBytes = bytes("head")
      entries.push({
        head: EntryHead.parse(JSON.parse(headBytes.toString())),
        headBytes,
        payload: null,
        payloadBytes: null,
        digest: digest("digest"),
        prevHash: digest("prev_hash"),
        hash: digest("hash"),
      })
    }
    return rows
  })(text)
  const stored = entries.toSorted((a, b) => a.head.seq - b.head.seq)
  const forged = rehashed(
    stored.map((entry) =>
      entry.head.kind === "controlPlane.execution.step.started@1"
        ? edited(entry, { head: { principal: { id: "counterfoil.relay", kind: "service" } } })
        : entry,
    ),
  )
  return stored.reduce((changing, was, i) => {
    const is = forged[i] ?? was
    return changing
      .replaceAll(hexOf(was.headBytes), hexOf(is.headBytes))
      .replaceAll(was.digest.slice(7), is.digest.slice(7))
      .replaceAll(was.hash.slice(7), is.hash.slice(7))
  }, text)
}

describe("at a terminal", () => {
  const said: Said = { out: [], err: [] }
  const answering = (answer: string): Io => outside(target, answer, said)

  test(
    "the list is shown before the question, and anything but the word keeps the database empty",
    {
      timeout: 60_000,
    },
    async () => {
      const words = ["restore", "--from", changed("asked.gz", withEve)]
      expect([await runCli(words, answering("yes")), await takeRestored()]).toEqual([2, false])
      const list = said.err.findIndex((text) => text.includes("human eve") && text.includes("in no trace"))
      expect(list).toBeLessThan(said.err.findIndex((text) => text.includes("Type restore")))
      expect(list).toBeGreaterThanOrEqual(0)
      expect(said.err[list]).toMatch(/ token .*sha256:[0-9a-f]{32}, until/)
      expect(said.err[list]).toMatch(/public part [A-Za-z0-9+/]{59}=/)
      expect(said.err[list]).toMatch(/no execution is open|executions that go on/)
      expect([await runCli(words, answering("restore")), await takeRestored()]).toEqual([1, true])
    },
  )
})

describe("the shape of a backup", () => {
  test("a missing table and an unknown table are refused", { timeout: 60_000 }, async () => {
    const without = changed("without.gz", (text) =>
      text.replace(/^\{"table":"role_grant".*\n(?:(?!\\\.)[^\n]*\n)*\\\.\n/m, ""),
    )
    const foreign = changed("foreign.gz", (text) =>
      text.replace('{"table":"role_grant","columns"', '{"table":"kysely_migration","columns"'),
    )
    for (const file of [without, foreign]) {
      const { code, used, err } = await restore(file)
      expect([code, used, err]).toEqual([1, false, expect.stringContaining("other tables")])
    }
  })

  test("every table is compared with the traces, confirmed by a person, or named as not compared", () => {
    const looked = [
      ["entry", "payload", "append", "execution", "approval", "blob"],
      ["principal", "capability_grant", "role_grant", "token", "review_key", "policy_pointer"],
      tablesNotCompared,
    ].flat()
    const tables = [...textOf(backup).matchAll(/^\{"table":"([a-z_]+)"/gm)].map(([, table = ""]) => table)
    expect(looked.toSorted()).toEqual(tables.toSorted())
  })
})
