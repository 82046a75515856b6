import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { controlPlaneCapabilities, controlPlaneContracts, makeRegistry } from "@counterfoil/contracts"
import { callSubject, natsCalls } from "@counterfoil/contracts/nats"
import { natsServerPath } from "../support/nats-server.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"
import { askNats, startNatsPlane, type NatsPlane } from "./nats-plane.ts"

const calls = natsCalls(makeRegistry(controlPlaneContracts, controlPlaneCapabilities))

// What the published schemas of ADR-32 ask of the three responses (io.nats.micro.v1), in our own words.
const name = z.string().regex(/^[a-zA-Z0-9_-]+$/)
const semver = z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/)
const strings = z.record(z.string(), z.string())
const instance = { name, id: z.string().min(1), version: semver, metadata: strings }
const endpoint = { name, subject: z.string().min(1), queue_group: z.string() }
const Ping = z.strictObject({ ...instance, type: z.literal("io.nats.micro.v1.ping_response") })
const Info = z.strictObject({
  ...instance,
  type: z.literal("io.nats.micro.v1.info_response"),
  description: z.string(),
  endpoints: z.array(z.strictObject({ ...endpoint, metadata: strings })),
})
const Stats = z.strictObject({
  ...instance,
  type: z.literal("io.nats.micro.v1.stats_response"),
  started: z.iso.datetime(),
  endpoints: z.array(
    z.strictObject({
      ...endpoint,
      num_requests: z.int().min(0),
      num_errors: z.int().min(0),
      last_error: z.string(),
      processing_time: z.int().min(0),
      average_processing_time: z.int().min(0),
    }),
  ),
})

const [firstCall] = calls
if (firstCall === undefined) throw new Error("the registry has no call")

describe.skipIf(natsServerPath() === null)("discovery", () => {
  const prefix = "$SRV.elsewhere"
  let world: NatsPlane
  let second: TestPlane

  beforeAll(async () => {
    world = await startNatsPlane("nats-discovery")
    second = await startTestPlane("nats-discovery-2", "PT20S", () => Promise.resolve(), {
      env: { NATS_URL: world.server.url },
    })
    await until("two instances", 15_000, async () => ((await many("$SRV.PING")).length === 2 ? true : null))
  }, 60_000)
  afterAll(async () => {
    await second.close()
    await world.close()
  })

  const many = async (subject: string): Promise<readonly unknown[]> => {
    const heard: unknown[] = []
    const replies = await world.connection.requestMany(subject, "", { maxWait: 300, strategy: "timer" })
    for await (const reply of replies) heard.push(reply.json())
    return heard
  }

  test.each([
    ["PING", Ping],
    ["INFO", Info],
    ["STATS", Stats],
  ] as const)(
    "%s is answered by every instance, by the service's name and by one instance",
    async (verb, schema) => {
      const all = (await many(`$SRV.${verb}`)).map((one) => schema.parse(one))
      const named = (await many(`$SRV.${verb}.counterfoil`)).map((one) => schema.parse(one))
      expect([all.length, named.length, new Set(all.map(({ id }) => id)).size]).toEqual([2, 2, 2])
      for (const { id } of all) {
        const one = (await many(`$SRV.${verb}.counterfoil.${id}`)).map((reply) => schema.parse(reply))
        expect(one.map((reply) => reply.id)).toEqual([id])
      }
      await expect(many(`$SRV.${verb}.other`)).rejects.toThrow(/no responders/i)
    },
  )

  test("INFO lists each call with its subject and what an agent finds a contract by", async () => {
    const [info] = (await many("$SRV.INFO")).map((one) => Info.parse(one))
    expect(info?.endpoints.map(({ subject }) => subject)).toEqual(
      calls.map(({ contract }) => callSubject("*", contract.ref)),
    )
    const { contract } = firstCall
    expect(info?.endpoints[0]?.metadata).toEqual({
      contract: contract.ref,
      version: contract.version,
      digest: contract.digest,
      kind: contract.kind,
      stability: contract.meta.stability,
    })
  })

  test("STATS counts what was answered and what was refused, by all instances together", async () => {
    const subject = callSubject("*", firstCall.contract.ref).replace("*", "local")
    for (let at = 0; at < 10; at += 1) await askNats(world.connection, subject, "{}")
    const counted = (await many("$SRV.STATS")).map((one) => Stats.parse(one).endpoints[0])
    expect(counted.reduce((sum, one) => sum + (one?.num_requests ?? 0), 0)).toBe(10)
    expect(counted.reduce((sum, one) => sum + (one?.num_errors ?? 0), 0)).toBe(10)
    for (const one of counted)
      expect(one?.last_error).toBe(one?.num_errors === 0 ? "" : "401 UNAUTHENTICATED")
  })

  test("the prefix of discovery is what the installation says", async () => {
    const moved = await startTestPlane("nats-discovery-3", "PT20S", () => Promise.resolve(), {
      env: { NATS_URL: world.server.url, NATS_DISCOVERY_PREFIX: prefix },
    })
    const found = await until("answer below the other prefix", 15_000, () =>
      many(`${prefix}.PING.counterfoil`).catch(() => null),
    )
    expect(found.map((one) => Ping.parse(one).name)).toEqual(["counterfoil"])
    await moved.close()
  }, 60_000)
})
