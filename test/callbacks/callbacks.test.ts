// Callbacks in an installation of several processes: calls and work in this one, relays as programs of their own.
// The receiver says what arrived; time passes in the table, so that no test waits for a back-off.

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Client } from "pg"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { serveRole } from "@counterfoil/server/process"
import { contractUrn, type Json, type JsonObject, type Submitted } from "@counterfoil/contracts"
import { rootFolder } from "../architecture/source-tree.ts"
import { answering, openCallbackReceiver, type CallbackReceiver } from "../support/callback-receiver.ts"
import { fencedBlock } from "../docs/run-blocks.ts"
import { dataFaults, fetchDocument, readOfficially } from "../support/official-event.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { runProgram, type Program } from "../support/program.ts"
import { until } from "../support/until.ts"
import { openWorkersDatabase, type WorkersDatabase } from "../workers/database.ts"

const secretOf = () => `whsec_${randomBytes(32).toString("base64")}`
const secrets = { COUNTERFOIL_SECRET_DONE_OLD: secretOf(), COUNTERFOIL_SECRET_DONE_NEW: secretOf() }
const soonMs = 20_000
/** What the runbook has an operator say to the database. */
const statements = [
  ...readFileSync(join(rootFolder, "docs/runbooks/callback-undelivered.md"), "utf8").matchAll(
    / -c "([^"]+)"/g,
  ),
].map(([, statement = ""]) => statement)

const exampleFile = fileURLToPath(new URL("../docs/examples/receiver.ts", import.meta.url))

let database: WorkersDatabase
let receiver: CallbackReceiver
let api: Awaited<ReturnType<typeof serveRole>>
let worker: Awaited<ReturnType<typeof serveRole>>
let bot: Person
let owner: Client
const relays: Program[] = []
const printed: string[] = []

beforeAll(async () => {
  database = await openWorkersDatabase("callbacks")
  receiver = await openCallbackReceiver()
  writeHandlers(["done", "shown"])
  api = await serve("api")
  worker = await serve("worker")
  bot = await addSomeone(api, {
    kind: "agent",
    name: "bot",
    capabilities: ["control-plane.core", "control-plane.audit", "text.compute"],
    reach: "own",
  })
  owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
}, 90_000)
beforeEach(() => {
  receiver.answer = answering(204)
})
afterEach(async () => {
  for (const relay of relays.splice(0)) {
    relay.signal("SIGKILL")
    await relay.ended
    printed.push(relay.printed())
  }
  await owner.query("delete from callback")
})
afterAll(async () => {
  await owner.end()
  await worker.plane.close()
  await api.plane.close()
  await receiver.close()
  await database.close()
})

const handlersFile = () => join(database.folder, "handlers.json")
function writeHandlers(names: readonly string[], url = receiver.url): void {
  const callback = {
    tenant: "local",
    url,
    network: "loopback",
    secrets: ["done-old", "done-new"],
  }
  const callbacks = Object.fromEntries(names.map((name) => [name, callback]))
  writeFileSync(handlersFile(), JSON.stringify({ callbacks }))
}
const serve = (role: "api" | "worker") =>
  serveRole(
    {
      role,
      host: "127.0.0.1",
      port: 0,
      metricsHost: "127.0.0.1",
      metricsPort: 0,
      handlers: handlersFile(),
      migrate: true,
      logLevel: "silent",
    },
    { ...database.env, ...secrets },
  )
async function startRelay(env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const flags = ["--role", "relay", "--port", "0", "--metrics-port", "0", "--handlers", handlersFile()]
  const relay = runProgram(["serve", ...flags], join(database.folder, "home"), {
    ...database.env,
    ...secrets,
    ...env,
  })
  relays.push(relay)
  await relay.says(/^ready /m, 60_000)
  return relay
}
const submit = (key: string, more: JsonObject = {}, template: Json = "Hello {{name}}") =>
  must(
    call<Submitted>(api.plane.url, bot, "POST", "/intents", {
      key,
      as: { contract: "text.template.render@1", input: { template, values: { name: "Mia" } } },
      callbackId: "done",
      ...more,
    }),
  )
const arrived = (executionId: string, count = 1) =>
  until(`callback ${count} of ${executionId}`, soonMs, () => {
    const got = receiver.of(executionId)
    return got.length >= count ? got : null
  })
const rows = async (): Promise<readonly { readonly execution_id: string; readonly last_code: string }[]> =>
  (await owner.query<{ execution_id: string; last_code: string }>("select * from callback")).rows
const settled = (count = 0) =>
  until("settled callbacks", soonMs, async () => ((await rows()).length === count ? true : null))
async function freePort(): Promise<number> {
  const passing = await openCallbackReceiver()
  await passing.close()
  return passing.port
}
/** An hour goes by for everything that waits. */
const hourPasses = () =>
  owner.query(
    "update callback set due_at = due_at - interval '1 hour', taken_until = taken_until - interval '1 hour'",
  )

describe("callbacks", { timeout: 90_000 }, () => {
  test("tell of the entry that ended the execution, with the event that everybody else gets, signed with both secrets", async () => {
    await startRelay()
    const { executionId } = await submit("told")
    const [got] = await arrived(executionId)
    const [old, next] = Object.values(secrets)
    expect(got?.event).toMatchObject({ type: "controlPlane.execution.completed", subject: executionId })
    const event = readOfficially(String(got?.headers["content-type"]), got?.body ?? "")
    expect([event.id, event.dataschema]).toEqual([got?.id, contractUrn("controlPlane.execution.completed@1")])
    expect([got?.isSignedBy(old ?? ""), got?.isSignedBy(next ?? ""), got?.isSignedBy(secretOf())]).toEqual([
      true,
      true,
      false,
    ])
    const entries = await api.plane.store.trace(api.tenant, executionId)
    const last = entries.at(-1)
    expect([got?.id, got?.event.id]).toEqual(
      Array.from({ length: 2 }, () => last?.hash.slice("sha256:".length)),
    )
    await settled()
    expect(receiver.of(executionId)).toHaveLength(1)
  })

  test("report an intent that never became a plan and one that a person cancelled; a relay with the public address names documents there", async () => {
    await startRelay({ COUNTERFOIL_PUBLIC_URL: api.plane.url })
    const rejected = await must(
      call<Submitted>(api.plane.url, bot, "POST", "/intents", {
        key: "no-plan",
        as: { draft: { format: "counterfoil.draft/1", steps: [] } },
        callbackId: "done",
      }),
    )
    const kept = await submit("kept", { start: "manual" })
    await must(
      call(api.plane.url, bot, "POST", `/executions/${kept.executionId}/cancel`, {
        key: "cancel-kept",
        executionId: kept.executionId,
        reason: "not wanted",
      }),
    )
    const types = [rejected.executionId, kept.executionId].map(async (id) => {
      const [got] = await arrived(id)
      const event = readOfficially(String(got?.headers["content-type"]), got?.body ?? "")
      expect(dataFaults(event, await fetchDocument(event, bot.token))).toEqual([])
      return event.type
    })
    expect(await Promise.all(types)).toEqual([
      "controlPlane.plan.rejected",
      "controlPlane.execution.cancelled",
    ])
  })

  test("INV-14 a relay that is killed between sending and noting it has it sent again by another, under the same id", async () => {
    const first = await startRelay()
    receiver.answer = () => {
      first.signal("SIGKILL")
    }
    const { executionId } = await submit("killed")
    await arrived(executionId)
    expect(await first.ended).toBe(null)
    receiver.answer = answering(204)
    await startRelay()
    await hourPasses()
    const got = await arrived(executionId, 2)
    expect(new Set(got.map(({ id }) => id)).size).toBe(1)
    await settled()
  })

  test("INV-14 a receiver that answers errors for a while gets each callback, and none under two ids", async () => {
    await startRelay()
    receiver.answer = answering(500)
    const keys = Array.from({ length: 12 }, (_, i) => `down-${i}`)
    const ids = (await Promise.all(keys.map((key) => submit(key)))).map(({ executionId }) => executionId)
    for (const id of ids) await arrived(id)
    await until("noted errors", soonMs, async () => {
      const waiting = await rows()
      return waiting.length === ids.length && waiting.every(({ last_code: code }) => code === "refused")
        ? true
        : null
    })
    receiver.answer = answering(204)
    await hourPasses()
    await settled()
    for (const id of ids) expect(new Set(receiver.of(id).map((got) => got.id)).size).toBe(1)
  })

  test("a receiver that says gone is not asked again, until an operator who read of it has it sent again", async () => {
    const relay = await startRelay()
    receiver.answer = answering(410)
    const { executionId } = await submit("gone")
    await arrived(executionId)
    await relay.says(new RegExp(`"callbackId":"done","executionId":"${executionId}","code":"gone"`), soonMs)
    receiver.answer = answering(204)
    await hourPasses()
    const other = await submit("after-gone")
    await arrived(other.executionId)
    await settled(1)
    expect(receiver.of(executionId)).toHaveLength(1)
    const [look, sendAgain] = statements.map((each) => each.replaceAll("agents-done", "done"))
    expect((await owner.query(look ?? "")).rows).toMatchObject([
      { callback_id: "done", last_code: "gone", ended: true, count: "1" },
    ])
    await owner.query(sendAgain ?? "")
    await arrived(executionId, 2)
    await settled()
  })

  test("asked to stop, it waits for the answer that is under way, and what was delivered is not sent again", async () => {
    const relay = await startRelay()
    const answers: (() => void)[] = []
    receiver.answer = (response) => {
      answers.push(() => response.writeHead(204).end())
    }
    const { executionId } = await submit("drained")
    await arrived(executionId)
    relay.signal("SIGINT")
    await relay.says(/^stopping/m, soonMs)
    for (const answer of answers) answer()
    expect(await relay.ended).toBe(0)
    expect(await rows()).toEqual([])
  })

  test("what no relay has registered waits, and its age is a number", async () => {
    writeHandlers(["another"])
    const relay = await startRelay()
    writeHandlers(["done"])
    const { executionId } = await submit("waits")
    await until("end", soonMs, async () => ((await rows()).length === 1 ? true : null))
    await owner.query("update callback set since = since - interval '2 hours'")
    const metrics = await fetch(api.plane.metricsUrl)
    expect(await metrics.text()).toMatch(/^counterfoil_callback_oldest_seconds 72\d\d/m)
    expect(receiver.of(executionId)).toEqual([])
    relay.signal("SIGINT")
    await relay.ended
    await startRelay()
    await arrived(executionId)
  })

  test("the receiver that the document shows takes what is ours alone, and reads what became of it", async () => {
    const source = readFileSync(exampleFile, "utf8")
    const page = readFileSync(join(rootFolder, "docs/AGENTS.md"), "utf8")
    expect(fencedBlock(page, "ts receiver")).toBe(source.slice(source.indexOf("\n\n") + 2))
    const port = await freePort()
    const shown = spawn(process.execPath, [exampleFile], {
      env: {
        PATH: process.env["PATH"] ?? "",
        COUNTERFOIL_URL: api.plane.url,
        COUNTERFOIL_TOKEN: bot.token,
        CALLBACK_SECRETS: secrets.COUNTERFOIL_SECRET_DONE_NEW,
        PORT: String(port),
      },
      stdio: ["ignore", "pipe", "inherit"],
    })
    let text = ""
    shown.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8")
    })
    const url = `http://127.0.0.1:${port}/`
    const forged = await until("answer", soonMs, () =>
      fetch(url, { method: "POST", body: '{"subject":"exe_"}' }).catch(() => null),
    )
    expect(forged.status).toBe(401)
    writeHandlers(["shown"], url)
    await startRelay()
    writeHandlers(["done", "shown"])
    const { executionId } = await submit("shown", { callbackId: "shown" })
    await until("line", soonMs, () => (text === "" ? null : text))
    shown.kill("SIGKILL")
    expect(text).toBe(`${executionId} completed\n`)
  })

  test("INV-13 no secret is in a log, a trace, a metric or the table, and no address in a log", async () => {
    const relay = await startRelay()
    receiver.answer = answering(500)
    const { executionId } = await submit("canary")
    await relay.says(new RegExp(`"executionId":"${executionId}","code":"refused"`), soonMs)
    const trace = await must(call<Json>(api.plane.url, bot, "GET", `/executions/${executionId}/trace`))
    const metrics = await (await fetch(worker.plane.metricsUrl)).text()
    const table = JSON.stringify(await rows())
    const said = [...printed, relay.printed()].join("\n")
    expect(said).toContain("callback not delivered")
    for (const secret of Object.values(secrets))
      for (const text of [JSON.stringify(trace), metrics, table, said])
        expect(text).not.toContain(secret.slice("whsec_".length))
    expect(said).not.toContain(receiver.url)
  })
})
