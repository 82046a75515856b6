// What others make of our documents: the linters and validators of each format, none of them ours.

import { createConfig, lintFromString } from "@redocly/openapi-core"
import { asyncApi } from "@counterfoil/server/nats"
import { cloudEventOf } from "@counterfoil/server/outbound"
import { installedRegistry } from "@counterfoil/cli"
import { openApi } from "@counterfoil/server/http"
import {
  objectOf,
  contractUrn,
  Digest,
  emptyHead,
  entryKinds,
  Environment,
  examplesOf,
  ExecutionId,
  factOf,
  Fence,
  PrincipalId,
  refusalsOf,
  schemaDocument,
  sealEntries,
  TenantId,
  Time,
  type EntryDraft,
  type EntryKind,
  type Json,
  type JsonObject,
} from "@counterfoil/contracts"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, test } from "vitest"
import { dataFaults, readOfficially } from "../support/official-event.ts"

const registry = installedRegistry(undefined)

/** Every finding of the strictest set of rules that the linter recommends, in words. */
async function lintFindings(document: JsonObject): Promise<readonly string[]> {
  const config = await createConfig({
    extends: ["recommended-strict"],
    // The format does not require the licence of an API. LICENSE covers this repository.
    rules: { "info-license": "off" },
  })
  const source = JSON.stringify(document)
  const problems = await lintFromString({ source, absoluteRef: "document.json", config })
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ""} ${message}`)
}

/** The document with one value changed, as a fault that a linter has to find. */
function changed(document: JsonObject, [field = "", ...rest]: readonly string[], to: Json): JsonObject {
  const inner = document[field]
  const object = typeof inner === "object" && inner !== null ? (inner as JsonObject) : {}
  return { ...document, [field]: rest.length === 0 ? to : changed(object, rest, to) }
}

describe("the OpenAPI document before another's linter", () => {
  const document = openApi(registry)

  test("has no findings, its examples included", async () => {
    expect(await lintFindings(document)).toEqual([])
  })

  test("has findings as soon as something in it is wrong", async () => {
    const submit = ["paths", "/v1/intents", "post"]
    const body = [...submit, "requestBody", "content", "application/json"]
    const faults = [
      changed(document, [...submit, "responses"], {}),
      changed(document, [...body, "schema"], { $ref: "#/components/schemas/Nowhere" }),
      changed(document, [...body, "examples"], { "wrong": { value: { as: 1 } } }),
      changed(document, ["info", "version"], 1),
    ]
    for (const fault of faults) expect((await lintFindings(fault)).length).toBeGreaterThan(0)
  })
})

describe("the AsyncAPI document before another's linter", () => {
  const document = asyncApi(registry)

  test("has no findings", async () => {
    expect(await lintFindings(document)).toEqual([])
  })

  test("has findings as soon as something in it is wrong", async () => {
    const faults = [
      changed(document, ["operations", "submit", "action"], "listen"),
      changed(document, ["operations", "submit", "channel"], { $ref: "#/channels/nowhere" }),
      changed(document, ["info"], {}),
    ]
    for (const fault of faults) expect((await lintFindings(fault)).length).toBeGreaterThan(0)
  })
})

describe("the JSON Schemas before another's validator, in its strict mode", () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  ajv.addVocabulary(["x-marks", "x-unit", "x-contract"])
  for (const contract of registry.contracts) ajv.addSchema(schemaDocument(contract))

  test.each(registry.contracts.map((contract) => [contract.ref, contract] as const))(
    "those of %s compile by their stable ids, and agree with the contract about its examples",
    (ref, contract) => {
      const parts = contract.kind === "event" ? ["payload"] : ["input", "output"]
      for (const part of parts) expect(ajv.getSchema(`urn:counterfoil:contract:${ref}:${part}`)).toBeDefined()
      const accepts = ajv.getSchema(`urn:counterfoil:contract:${ref}:${parts[0] ?? ""}`)
      const answers = ajv.getSchema(`urn:counterfoil:contract:${ref}:${parts[1] ?? ""}`)
      for (const { title, value, output } of examplesOf(contract)) {
        if (output !== undefined) expect([title, answers?.(output)]).toEqual([title, true])
        // What only a listed check refuses, the schema accepts: it cannot say it.
        const unchecked = contract.kind === "event" ? contract : { ...contract, checks: [] }
        expect([title, accepts?.(value)]).toEqual([title, refusalsOf(unchecked, value).length === 0])
      }
    },
  )

  test("an invalid schema is refused", () => {
    expect(() => ajv.compile({ $id: "urn:wrong:type", type: "text" })).toThrow("schema is invalid")
    expect(() => ajv.compile({ $id: "urn:unknown:keyword", "x-unknown": true })).toThrow("x-unknown")
  })
})

describe("every kind of event before the official SDK of CloudEvents", () => {
  const place = {
    environment: Environment.parse("test"),
    tenant: TenantId.parse("acme"),
    executionId: ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7"),
  }
  const by: EntryDraft["by"] = {
    principal: { id: PrincipalId.parse("counterfoil.executor"), kind: "service" },
    onBehalfOf: null,
    session: null,
    capabilitySource: null,
    breakGlassId: null,
    traceparent: null,
  }
  const documentOf = (kind: EntryKind): JsonObject => {
    const event = registry.event(kind)
    if (event === undefined) throw new Error(`${kind} is not an event`)
    return schemaDocument(event, `https://control.acme.test/v1/contracts/${kind}`)
  }
  /** The event of a kind, from the example of its contract. */
  const eventOf = (kind: EntryKind): JsonObject => {
    const event = registry.event(kind)
    const [example] = event === undefined ? [] : examplesOf(event)
    const fact = example === undefined ? null : factOf(kind, objectOf(example.value))
    if (fact === null) throw new Error(`${kind} has no example`)
    const after = emptyHead(place.environment, place.tenant, place.executionId)
    const [entry] = sealEntries(
      {
        ...place,
        after,
        fence: Fence.parse(0),
        time: Time.parse("2026-03-02T10:14:02.119Z"),
        kindDigest: () => Digest.parse(`sha256:${"1".repeat(64)}`),
      },
      [{ ...fact, by }],
    )
    if (entry === undefined) throw new Error("nothing was sealed")
    return cloudEventOf(entry, (ref) => `https://control.acme.test/v1/contracts/${ref}`)
  }
  const read = (event: JsonObject) => readOfficially("application/cloudevents+json", JSON.stringify(event))

  test.each(entryKinds)("%s is read, and its data is as its document says", (kind) => {
    expect(dataFaults(read(eventOf(kind)), documentOf(kind))).toEqual([])
  })

  test("the schema of what is published is strict: a field too many and one too few are found", () => {
    const kind = "controlPlane.execution.completed@1"
    const event = eventOf(kind)
    const whole = objectOf(event["data"] ?? null)
    const { stepCounts: _, ...fewer } = whole
    for (const data of [fewer, { ...whole, output: 1 }])
      expect(dataFaults(read({ ...event, data }), documentOf(kind))).not.toEqual([])
  })

  test("a name in the place of an address is read too, and a bare path is refused", () => {
    const event = eventOf("controlPlane.execution.completed@1")
    const named = contractUrn("controlPlane.execution.completed@1")
    expect(read({ ...event, dataschema: named }).dataschema).toBe(named)
    expect(() => read({ ...event, dataschema: "/v1/contracts/controlPlane.execution.completed@1" })).toThrow(
      "/dataschema",
    )
  })

  test("an event without data is read, since an erased payload has none", () => {
    const { data, ...bare } = eventOf("controlPlane.execution.completed@1")
    expect([data === undefined, read(bare).data]).toEqual([false, undefined])
  })
})
