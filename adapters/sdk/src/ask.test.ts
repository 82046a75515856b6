import { intentSubmit } from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { ask } from "./ask.ts"
import { answered, lost, problems, refused, scriptedTransport } from "../test/scripted-transport.ts"
import type { Reply } from "./transport.ts"

const request = {
  contract: intentSubmit,
  input: { key: "order-81" },
  waitSeconds: 0,
  traceparent: null,
  timeoutMs: 1_000,
}
const asking = async (patienceMs: number, first: Reply, ...rest: readonly Reply[]) => {
  const { transport, asked } = scriptedTransport(first, ...rest)
  return { end: await ask(transport, request, patienceMs), asked }
}

describe("a request whose answer was lost", () => {
  test("is sent again as it was, with the same key, until there is an answer", async () => {
    const { end, asked } = await asking(5_000, lost(true), lost(false), answered("here"))
    expect(end).toEqual({ kind: "answer", body: "here" })
    expect(asked).toEqual([request, request, request])
  })

  test("is lost when patience ends", async () => {
    expect((await asking(0, lost(true))).end).toMatchObject({ kind: "lost", problem: null })
  })

  test("INV-03 stays lost when the next one is refused for a reason that says nothing of it", async () => {
    const { end } = await asking(5_000, lost(true), refused(problems.unauthenticated))
    expect(end).toMatchObject({ kind: "lost", problem: { code: "UNAUTHENTICATED" } })
    expect((await asking(5_000, lost(false), refused(problems.unauthenticated))).end.kind).toBe("problem")
  })

  test("was never accepted when its key belongs to another body", async () => {
    const { end } = await asking(5_000, lost(true), refused(problems.conflict))
    expect(end).toMatchObject({ kind: "problem", problem: { code: "IDEMPOTENCY_CONFLICT" } })
  })
})

describe("a refusal", () => {
  test("that asks for a later retry is retried after the stated time", async () => {
    const begun = performance.now()
    const { end, asked } = await asking(5_000, refused(problems.overloaded, 300), answered("here"))
    expect([end.kind, asked.length]).toEqual(["answer", 2])
    expect(performance.now() - begun).toBeGreaterThanOrEqual(299)
  })

  test("is the answer when it would have to wait for longer than patience lasts", async () => {
    const { end, asked } = await asking(1_000, refused(problems.overloaded, 60_000))
    expect([end, asked.length]).toEqual([{ kind: "problem", problem: problems.overloaded }, 1])
  })

  test("that leaves the outcome unknown is not a refusal: no outcome is known", async () => {
    expect((await asking(0, refused(problems.unknown))).end).toMatchObject({ kind: "lost" })
    expect(
      (await asking(100, refused(problems.unknown, 50), refused(problems.overloaded, 60_000))).end.kind,
    ).toBe("lost")
  })

  test("by the caller's own fault is not repeated", async () => {
    expect((await asking(5_000, refused(problems.conflict))).asked).toHaveLength(1)
  })
})
