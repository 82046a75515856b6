import { describe, expect, test } from "vitest"
import { controlPlaneCapabilities } from "./control-plane/capabilities.ts"
import { controlPlaneCallables, controlPlaneContracts } from "./control-plane/control-plane.ts"
import { Submitted } from "./control-plane/answers.ts"
import { makeRegistry } from "./define/registry.ts"
import { defineQuery } from "./define/define.ts"
import { executionGet } from "./control-plane/execution.ts"
import { httpCalls, httpRoutes, pathFields } from "./http.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)

describe("the HTTP interface follows from the contracts", () => {
  test("every callable that names a place has exactly one route, and every route a contract", () => {
    const placed = controlPlaneCallables
      .filter(({ http }) => http !== null)
      .map(({ ref }) => ref)
      .toSorted()
    expect(Object.keys(httpRoutes(registry)).toSorted()).toEqual(placed)
  })

  test("the routes are these", () => {
    expect(
      httpCalls(registry)
        .map(
          ({ operation, keyed }) => `${operation.method.padEnd(4)} ${operation.path}${keyed ? "  key" : ""}`,
        )
        .toSorted(),
    ).toMatchInlineSnapshot(`
      [
        "GET  /v1/approvals",
        "GET  /v1/contracts",
        "GET  /v1/contracts/drift",
        "GET  /v1/executions",
        "GET  /v1/executions/:executionId",
        "GET  /v1/executions/:executionId/trace",
        "GET  /v1/quarantine",
        "POST /v1/approvals/approve  key",
        "POST /v1/approvals/reject  key",
        "POST /v1/contracts/adopt  key",
        "POST /v1/executions/:executionId/cancel  key",
        "POST /v1/executions/:executionId/evidence",
        "POST /v1/executions/:executionId/pause  key",
        "POST /v1/executions/:executionId/resolve  key",
        "POST /v1/executions/:executionId/resume  key",
        "POST /v1/executions/:executionId/retry  key",
        "POST /v1/executions/:executionId/start  key",
        "POST /v1/grants/give  key",
        "POST /v1/grants/revoke  key",
        "POST /v1/intents  key",
        "POST /v1/plans/compile",
        "POST /v1/plans/verify",
        "POST /v1/policy/activate  key",
        "POST /v1/policy/explain",
        "POST /v1/policy/read",
        "POST /v1/principals/add  key",
        "POST /v1/principals/disable  key",
        "POST /v1/principals/enable  key",
        "POST /v1/traces/erase  key",
      ]
    `)
  })

  test("a contract that runs as an execution of its own answers Submitted; others their own output", () => {
    for (const { contract, answer } of httpCalls(registry))
      expect(answer).toBe(contract.path === "gate" ? Submitted : contract.output)
  })

  test("each field of a path is a field of the contract's input", () => {
    for (const { contract, inPath } of httpCalls(registry)) {
      for (const field of inPath) expect(contract.inputSchema["properties"]).toHaveProperty(field)
    }
    expect(pathFields("/executions/:executionId/trace")).toEqual(["executionId"])
  })

  test("two contracts at one place stop the start", () => {
    const { name: _name, ...rest } = executionGet
    const twin = defineQuery({
      ...rest,
      name: "demo.execution.get",
      http: { method: "GET", path: "/executions/:executionId" },
      path: "read",
      effect: "read",
      examples: [{ title: "one", input: {} }],
      resource: { kind: "execution", at: "/executionId" },
    })
    expect(() => httpCalls(makeRegistry([...controlPlaneContracts, twin], controlPlaneCapabilities))).toThrow(
      "belongs to two contracts",
    )
  })
})
