// The limits of the door of NATS itself, on a real server: how much is in hand at once, and how large an answer may be.
// Behind it stand a gate and a directory that do what each test needs.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "@nats-io/transport-node"
import { afterEach, describe, expect, test } from "vitest"
import { bearerHash, doorLimits } from "@counterfoil/server/entrance"
import { openLogger } from "@counterfoil/server/operate"
import { openNatsDoor } from "@counterfoil/server/nats"
import type { Gate } from "@counterfoil/gate"
import {
  contractList,
  controlPlaneCapabilities,
  controlPlaneContracts,
  Environment,
  makeRegistry,
  PrincipalId,
  SessionId,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { callSubject, natsHeaders } from "@counterfoil/contracts/nats"
import type { Directory } from "@counterfoil/contracts/ports"
import { memoryStore } from "@counterfoil/store/test"
import { natsServerPath, startNatsServer } from "../support/nats-server.ts"
import { askNats } from "./nats-plane.ts"

const acme = TenantId.parse("acme")
const subject = callSubject(acme, contractList.ref)
const time = Time.parse("2026-03-02T10:00:00.000Z")
const token = `cft_${"a".repeat(43)}`
const sent = { [natsHeaders.authorization]: `Bearer ${token}` }
const inHandMax = 1_000
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A directory that knows one token. */
async function directoryOfOne(): Promise<Directory> {
  const { directory } = memoryStore(Environment.parse("test"), () => time)
  const principal = PrincipalId.parse("agt_01kaz3v8g0e8r4n2t6w0y3b5c7")
  await directory.addPrincipal({
    id: principal,
    tenant: acme,
    kind: "agent",
    name: "robot",
    enabled: true,
    owner: null,
    roles: [],
    addedAt: time,
    addedBy: null,
  })
  await directory.addToken({
    hash: must(bearerHash(`Bearer ${token}`)),
    session: SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5c7"),
    tenant: acme,
    principal,
    label: "test",
    assurance: "session",
    createdAt: time,
    expiresAt: Time.parse("2027-03-02T10:00:00.000Z"),
    revokedAt: null,
    mintedBy: null,
    origin: null,
    use: "session",
    refusedAt: null,
  })
  return directory
}

/** A door on a server of its own, and a connection to ask it over. */
async function openDoor(directory: Directory, answer: Gate["call"], config: string | null = null) {
  const server = await startNatsServer(config)
  ends.push(() => server.close())
  const [ours, theirs] = [await connect({ servers: server.url }), await connect({ servers: server.url })]
  ends.push(async () => {
    await Promise.all([ours.close(), theirs.close()])
  })
  const door = openNatsDoor({
    link: { whenOpen: (use) => use(ours) },
    gate: { call: answer },
    directory,
    registry: makeRegistry(controlPlaneContracts, controlPlaneCapabilities),
    clock: { now: () => time },
    random: { bytes: (count) => new Uint8Array(count).fill(7), unit: () => 0 },
    metrics: { observe: () => undefined },
    limits: doorLimits,
    logger: openLogger({ write: () => undefined }, "silent"),
    version: "0.0.0",
    discoveryPrefix: "$SRV",
  })
  ends.push(() => door.close())
  await ours.flush()
  return theirs
}

describe.skipIf(natsServerPath() === null)("the limits of the door of NATS", { timeout: 60_000 }, () => {
  test("with 1,000 requests in hand the next is OVERLOADED at once, and all in hand are answered in the end", async () => {
    const known = await directoryOfOne()
    const asleep = Promise.withResolvers<void>()
    let asked = 0
    const slow: Directory = {
      ...known,
      token: async (hash) => {
        asked += 1
        await asleep.promise
        return known.token(hash)
      },
    }
    const connection = await openDoor(slow, async () => ({
      kind: "answer",
      body: { items: [], totalAtLeast: 0, asOf: time },
      final: true,
    }))
    const ask = () => askNats(connection, subject, "{}", sent)
    const inHand = Array.from({ length: inHandMax }, ask)
    const over = await ask()
    expect([over.status, over.code, over.headers["Retry-After"]]).toEqual([503, "OVERLOADED", "1"])
    expect(asked).toBe(inHandMax)
    asleep.resolve()
    const answers = await Promise.all(inHand)
    // All at once they exceed the limit of one caller; some of them are refused, and each gets an answer.
    expect(new Set(answers.map(({ code }) => code))).toContain(null)
    expect((await ask()).status).toBe(200)
  })

  test("an answer that the server would not carry is LIMIT_EXCEEDED, which it does", async () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-nats-limits-"))
    ends.push(async () => rmSync(folder, { recursive: true, force: true }))
    const config = join(folder, "nats-server.conf")
    writeFileSync(config, "max_payload: 1500\n")
    let nextCursor = "x"
    const answer: Gate["call"] = async () => ({
      kind: "answer",
      body: { items: [], totalAtLeast: 0, nextCursor, asOf: time },
      final: true,
    })
    const connection = await openDoor(await directoryOfOne(), answer, config)
    expect((await askNats(connection, subject, "{}", sent)).body).toMatchObject({ nextCursor })
    nextCursor = "x".repeat(512)
    const large = await askNats(connection, subject, "{}", sent)
    expect(large).toMatchObject({ code: "LIMIT_EXCEEDED", body: { details: { limit: 1_500 } } })
  })
})

function must<T>(value: T | null): T {
  if (value === null) throw new Error("there is none")
  return value
}
