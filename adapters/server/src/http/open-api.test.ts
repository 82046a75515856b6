import { describe, expect, test } from "vitest"
import { readPointer, type Json } from "@counterfoil/contracts"
import { httpCalls } from "@counterfoil/contracts/http"
import { identityOperations } from "@counterfoil/gate"
import { openApi } from "./open-api.ts"
import { registry, startTestServer } from "../../test/http-server.ts"

const document = openApi(registry)

const refsOf = (value: Json): readonly string[] => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsOf(inner),
  )
}
const at = (pointer: string): Json => {
  const found = readPointer(document, pointer)
  return found.ok ? found.value : null
}

describe("the OpenAPI description", () => {
  test("describes each route of a contract and of the identity table once, and the streams", () => {
    const operations = Object.entries(at("/paths") ?? {}).flatMap(([path, methods]: [string, object]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const braced = (path: string) => path.replaceAll(/:([A-Za-z]+)/g, "{$1}")
    expect(operations.toSorted()).toEqual(
      [
        ...httpCalls(registry).map(({ operation }) => `${operation.method} ${braced(operation.path)}`),
        ...identityOperations.map(({ method, path }) => `${method} /v1${braced(path)}`),
        "GET /v1/stream",
        "GET /v1/executions/{executionId}/stream",
      ].toSorted(),
    )
  })

  test("every reference in it resolves", () => {
    const refs = refsOf(document)
    expect(refs.length).toBeGreaterThan(100)
    for (const ref of refs) expect([ref, readPointer(document, ref.slice(1)).ok]).toEqual([ref, true])
  })

  test("no definition refers to itself: generators make a type of each, and a type that is a union of itself does not compile", () => {
    const definitions = Object.entries(at("/components/schemas") ?? {})
    const prefix = "#/components/schemas/"
    const leads = new Map(
      definitions.map(([name, inner]: [string, Json]) => [
        name,
        refsOf(inner).map((ref) => ref.slice(prefix.length)),
      ]),
    )
    const from = (name: string, seen: ReadonlySet<string>): readonly string[] =>
      (leads.get(name) ?? []).flatMap((next) =>
        seen.has(next) ? [next] : from(next, new Set([...seen, next])),
      )
    expect(definitions.length).toBeGreaterThan(50)
    expect([...leads.keys()].flatMap((name) => from(name, new Set([name])))).toEqual([])
  })

  test("a place in a tenant's stream is a text, since it may be sealed", () => {
    expect(at("/paths/~1v1~1stream/get/parameters/0")).toMatchObject({
      name: "after",
      schema: { type: "string" },
    })
  })

  test("fields of the path and the key of the header are not required in the body", () => {
    const cancel = "/paths/~1v1~1executions~1{executionId}~1cancel/post"
    const body = "/components/schemas/controlPlane.execution.cancel.v1.Input"
    expect(at(`${cancel}/requestBody/content/application~1json/schema/$ref`)).toBe(`#${body}`)
    expect(at(`${body}/required`)).toEqual(["reason"])
    expect(Object.keys(at(`${body}/properties`) ?? {})).not.toContain("executionId")
    expect(at(`${cancel}/parameters/0`)).toMatchObject({ name: "executionId", in: "path", required: true })
    expect(at(`${cancel}/parameters/1`)).toMatchObject({ name: "Idempotency-Key", in: "header" })
  })

  test("the description states a check that JSON Schema cannot express", () => {
    expect(at("/paths/~1v1~1grants~1give/post/description")).toContain(
      "Exactly one of capability and role is given.",
    )
  })

  test("is served to every caller with a token", async () => {
    const world = await startTestServer()
    expect(await (await world.get("/v1/openapi.json")).json()).toEqual(JSON.parse(JSON.stringify(document)))
    expect((await world.get("/v1/openapi.json", { as: null })).status).toBe(401)
    await world.close()
  })
})
