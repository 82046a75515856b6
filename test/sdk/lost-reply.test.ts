// A control plane that dies between the commit of a submission and its reply, and comes back: the agent's one call finds what it made.

import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { counterfoil } from "@counterfoil/sdk"
import { newDataFolder } from "../support/data-folder.ts"
import { effectRef } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { startNatsServer, type NatsServer } from "../support/nats-server.ts"

interface Ready {
  readonly url: string
  readonly tenant: string
  readonly token: string | null
}

const folder = newDataFolder("lost-reply")
const ledgerPath = join(folder.path, "ledger.jsonl")
const childFile = fileURLToPath(new URL("dying-plane.child.ts", import.meta.url))
let nats: NatsServer
let place: Ready
let plane: ChildProcess

function start(port: string, ...mode: readonly string[]): Promise<Ready> {
  plane = fork(childFile, [folder.path, ledgerPath, port, ...mode], {
    execArgv: [],
    env: { ...process.env, NATS_URL: nats.url },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  return new Promise((resolve, reject) => {
    plane.once("message", (ready: Ready) => {
      resolve(ready)
    })
    plane.once("exit", (code) => {
      reject(new Error(`the control plane ended with ${code}`))
    })
  })
}
async function stop(): Promise<void> {
  const ended = once(plane, "exit")
  plane.send("stop")
  await ended
}
const portOf = () => new URL(place.url).port

beforeAll(async () => {
  nats = await startNatsServer()
  place = await start("0")
  await stop()
}, 60_000)
afterEach(stop)
afterAll(async () => {
  await nats.close()
  folder.remove()
}, 30_000)

describe.each([
  ["HTTP", () => place.url],
  ["NATS", () => `${nats.url}/${place.tenant}`],
])("over %s", (name, url) => {
  test("INV-14 the same key finds the execution that was committed", { timeout: 90_000 }, async () => {
    await start(portOf(), "armed")
    const agent = counterfoil({ url: url(), token: place.token ?? "" })
    const dead = once(plane, "exit")
    const label = `lost over ${name}`
    const asked = agent.submit(
      effectRef("keyed"),
      { label, point: "none" },
      { key: `lost-${name}`, waitMs: 0 },
    )
    await dead
    await start(portOf())
    const answer = await asked
    expect(answer).toMatchObject({ duplicate: true })
    const executionId = "executionId" in answer ? answer.executionId : ""
    // What a killed process held is free again when its lease has lapsed.
    const end = await agent.wait(executionId, { timeoutMs: 45_000 })
    expect(end).toMatchObject({ kind: "completed", output: { label } })
    await agent.close()
    const effects = openLedger(ledgerPath)
      .lines()
      .filter((line) => line.what === "effect" && line.label === label)
    expect(effects).toHaveLength(1)
  })
})
