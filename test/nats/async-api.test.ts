import specs from "@asyncapi/specs"
import { Ajv } from "ajv"
import addFormats from "ajv-formats"
import { describe, expect, test } from "vitest"
import { asyncApi } from "@counterfoil/server/nats"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  makeRegistry,
  readPointer,
  type Json,
} from "@counterfoil/contracts"
import {
  callSubject,
  eventSubjects,
  natsCalls,
  parseSubject,
  submitSubject,
} from "@counterfoil/contracts/nats"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const document = asyncApi(registry)

const entriesAt = (pointer: string): readonly (readonly [string, Json])[] => {
  const found = readPointer(document, pointer)
  return Object.entries(
    found.ok && typeof found.value === "object" && found.value !== null ? found.value : {},
  )
}
const refsOf = (value: Json): readonly string[] => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsOf(inner),
  )
}
const addresses = entriesAt("/channels").flatMap(([, channel]) => {
  const address =
    typeof channel === "object" && channel !== null && "address" in channel ? channel["address"] : null
  return typeof address === "string" ? [address] : []
})

describe("the AsyncAPI description", () => {
  test("is valid by the schema of AsyncAPI 3.1", () => {
    const schema: object = specs.schemas["3.1.0"]
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })
    addFormats.default(ajv)
    const validate = ajv.compile(schema)
    validate(document)
    expect(validate.errors?.slice(0, 3) ?? []).toEqual([])
  })

  test("every reference in it leads somewhere", () => {
    const refs = refsOf(document)
    expect(refs.length).toBeGreaterThan(100)
    expect(refs.filter((ref) => !readPointer(document, ref.slice(1)).ok)).toEqual([])
  })

  test("its subjects are those of the calls, of durable submission and of the events, each of a contract", () => {
    const events = registry.contracts.filter(({ kind }) => kind === "event")
    const expected = [
      ...natsCalls(registry).map(({ contract }) => callSubject("*", contract.ref)),
      submitSubject("*"),
      ...events.map(({ name }) =>
        eventSubjects("*").replace(">", `*.${name.replace(/^controlPlane\./, "")}`),
      ),
    ]
    expect(addresses.map((address) => address.replaceAll(/\{[A-Za-z]+\}/g, "*")).toSorted()).toEqual(
      [...new Set(expected)].toSorted(),
    )
    const example = { tenant: "acme", executionId: "exe_01kaz3v8g0e8r4n2t6w0y3b5zz" }
    for (const address of addresses)
      expect(
        parseSubject(
          address.replace("{tenant}", example.tenant).replace("{executionId}", example.executionId),
        ),
      ).not.toBeNull()
  })
})
