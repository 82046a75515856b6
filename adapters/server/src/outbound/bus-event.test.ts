import { describe, expect, test } from "vitest"
import {
  Digest,
  emptyHead,
  Environment,
  ExecutionId,
  Fence,
  PrincipalId,
  sealEntries,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { contractAddresses } from "./contract-address.ts"
import { busEventOf, eventBytesMax } from "./bus-event.ts"
import { ReceivedEvent } from "./read-event.ts"

const environment = Environment.parse("test")
const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")

const addressOf = contractAddresses(() => "https://control.acme.test")

/** The event of an entry with a reason of so many characters. */
function eventWith(length: number) {
  const [entry] = sealEntries(
    {
      environment,
      tenant,
      executionId,
      after: emptyHead(environment, tenant, executionId),
      fence: Fence.parse(0),
      time: Time.parse("2026-03-02T10:14:02.119Z"),
      kindDigest: () => Digest.parse(`sha256:${"1".repeat(64)}`),
    },
    [
      {
        kind: "controlPlane.execution.paused@1",
        payload: { because: "operator", reason: "x".repeat(length), inFlight: [] },
        by: {
          principal: { id: PrincipalId.parse("counterfoil.executor"), kind: "service" },
          onBehalfOf: null,
          session: null,
          capabilitySource: null,
          breakGlassId: null,
          traceparent: null,
        },
      },
    ],
  )
  if (entry === undefined) throw new Error("nothing was sealed")
  const event = busEventOf({ position: 4, entry }, { showsData: true, addressOf })
  const body = new TextDecoder().decode(event.body)
  return { event, bytes: event.body.length, read: ReceivedEvent.parse(JSON.parse(body)), hash: entry.hash }
}

describe("an entry on the bus", () => {
  test("INV-07 above 512 KiB it is published without its data, with the same id and in the same place", () => {
    const [small, large] = [eventWith(10), eventWith(eventBytesMax)]
    expect(small.read["data"]).toMatchObject({ reason: "x".repeat(10) })
    expect([large.read["data"], large.bytes < 1_024]).toEqual([undefined, true])
    expect(large.event).toMatchObject({ id: large.hash, position: 4 })
    expect([large.read.id, large.read.sequence]).toEqual([
      large.hash.slice("sha256:".length),
      "00000000000000000001",
    ])
  })

  test("the largest that is published with its data has exactly 512 KiB", () => {
    const around = eventWith(1).bytes - 1
    const [whole, over] = [eventWith(eventBytesMax - around), eventWith(eventBytesMax - around + 1)]
    expect([whole.bytes, "data" in whole.read, "data" in over.read]).toEqual([eventBytesMax, true, false])
  })
})
