import { ExecutionId } from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { contextOf, spanIdOf } from "./span-data.ts"

const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")

describe("the context of a span", () => {
  test("continues the trace of the request, below the span of the requester", () => {
    expect(contextOf(executionId, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).toEqual({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      parentSpanId: "00f067aa0ba902b7",
      isSampled: true,
    })
  })

  test("is not sampled when the request is not", () => {
    expect(contextOf(executionId, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").isSampled).toBe(
      false,
    )
  })

  test("without a trace of the request is one of its own, the same in every process", () => {
    const context = contextOf(executionId, null)
    expect(context).toEqual(contextOf(executionId, null))
    expect(context.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(context.parentSpanId).toBeNull()
  })

  test("an id follows from what the span is about", () => {
    expect(spanIdOf("a", "step", "b")).toMatch(/^[0-9a-f]{16}$/)
    expect(spanIdOf("a", "step", "b")).toBe(spanIdOf("a", "step", "b"))
    expect(spanIdOf("a", "step", "b")).not.toBe(spanIdOf("a", "step", "c"))
  })
})
