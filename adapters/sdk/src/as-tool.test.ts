// A tool that a model uses: the texts that it gets, and the keys of its calls, against a control plane in this file.

import {
  defineCommand,
  ExecutionId,
  problem,
  text,
  type Answer,
  type Json,
  type RejectionCode,
} from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { asTool, getIntentTool, type ToolOptions } from "./as-tool.ts"
import { correctionsMax, openCorrections } from "./corrections.ts"
import type { SubmitOptions } from "./submission.ts"
import { Unreachable } from "./unreachable.ts"

const note = defineCommand({
  name: "notes.note.add",
  version: "1.0.0",
  effect: "natural",
  capability: "notes.write",
  meta: {
    title: "Add a note",
    goal: "The note is there for everyone who reads the notes.",
    context: "For notes; never for secrets.",
    owners: ["notes"],
    tags: ["notes"],
    stability: "beta",
  },
  input: z.strictObject({ note: text(200) }),
  output: z.strictObject({ at: text(40) }),
  examples: [{ title: "a note", input: { note: "hello" } }],
})
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
const known = { executionId, duplicate: false }
const completed: Answer = { ...known, kind: "completed", output: { at: "1" }, happened: [] }
const rejectedFor = (code: RejectionCode): Answer => ({
  ...known,
  kind: "planRejected",
  rejections: [{ code, at: "/steps/0/input/note", message: "It says why." }],
})
const conflict: Answer = {
  kind: "refused",
  problem: problem("IDEMPOTENCY_CONFLICT", {}, { traceId: "0".repeat(32) }),
}

/** A control plane that keeps keys as the real one does; `judge` gives the answer for a note. */
function plane(judge: (note: Json) => Answer) {
  const kept = new Map<string, { readonly body: string; readonly answer: Answer }>()
  const sent: string[] = []
  const submit = async (input: Json, { key }: SubmitOptions): Promise<Answer> => {
    sent.push(key)
    const body = JSON.stringify(input)
    const earlier = kept.get(key)
    if (earlier !== undefined) return earlier.body === body ? earlier.answer : conflict
    const answer = judge(input)
    kept.set(key, { body, answer })
    return answer
  }
  const tool = asTool(note, { submit, corrections: openCorrections() })
  const call = (text: string, options: ToolOptions = { key: "wish-1" }) =>
    tool.execute({ note: text }, options)
  return { sent, submit, call }
}
const secretOrDone = (input: Json): Answer =>
  JSON.stringify(input).includes("secret") ? rejectedFor("SECRET_LITERAL") : completed

describe("a corrected call", () => {
  test("goes under a key of its own that the program chooses, and is done; the rejected one keeps its key", async () => {
    const { call, sent } = plane(secretOrDone)
    const first = await call("secret one")
    expect([first.advice, first.isError]).toEqual(["correct", true])
    expect((await call("secret two")).advice).toBe("correct")
    expect(await call("hello")).toMatchObject({ advice: "goOn", isError: false, answer: completed })
    expect(sent).toEqual(["wish-1", "wish-1.correction-1", "wish-1.correction-2"])
    // Repeated, each gives the same result.
    await call("secret one")
    expect((await call("hello")).advice).toBe("goOn")
    expect(sent.slice(3)).toEqual(["wish-1", "wish-1.correction-2"])
  })

  test("goes under the key that the program names for it", async () => {
    const { call, sent } = plane(secretOrDone)
    const options: ToolOptions = { key: "order-81", correctionKey: (nth) => `order-81-again-${nth}` }
    await call("secret", options)
    expect((await call("hello", options)).advice).toBe("goOn")
    expect(sent).toEqual(["order-81", "order-81-again-1"])
  })

  test("is no longer sent after a few, and is left to a person", async () => {
    const { call, sent } = plane(() => rejectedFor("SECRET_LITERAL"))
    for (let n = 0; n <= correctionsMax; n += 1) expect((await call(`secret ${n}`)).advice).toBe("correct")
    expect(await call("hello")).toMatchObject({ advice: "askPerson", answer: null, unreachable: null })
    expect(sent).toHaveLength(correctionsMax + 1)
  })

  test("has no key where that of the call leaves no room for one, and is left to a person", async () => {
    const { call, sent } = plane(() => rejectedFor("SECRET_LITERAL"))
    const key = "k".repeat(250)
    await call("secret", { key })
    expect(await call("hello", { key })).toMatchObject({ advice: "askPerson", answer: null })
    expect(sent).toEqual([key])
  })

  test("INV-03 of a call that may have happened is a conflict, and is left to a person", async () => {
    const { call, sent } = plane(secretOrDone)
    await call("hello")
    const other = await call("hello again")
    expect([other.advice, sent]).toEqual(["askPerson", ["wish-1", "wish-1"]])
  })

  test("has one key in all tools of an agent, and another wish has its own", async () => {
    const { submit, sent } = plane(secretOrDone)
    const corrections = openCorrections()
    const [one, other] = [asTool(note, { submit, corrections }), asTool(note, { submit, corrections })]
    await one.execute({ note: "secret" }, { key: "a" })
    await other.execute({ note: "hello" }, { key: "a" })
    await other.execute({ note: "hello" }, { key: "b" })
    expect(sent).toEqual(["a", "a.correction-1", "b"])
  })
})

describe("a call to which no answer comes", () => {
  const lost = new Unreachable({ key: "wish-1", executionId: null, problem: null, cause: null })
  const cut = () => Promise.reject(lost)

  test("INV-03 does not throw: the model leaves it to a person, and the program has the key", async () => {
    const tool = asTool(note, { submit: cut, corrections: openCorrections() })
    const result = await tool.execute({ note: "hello" }, { key: "wish-1" })
    expect(result).toMatchObject({
      advice: "askPerson",
      isError: true,
      answer: null,
      unreachable: { key: "wish-1" },
    })
  })

  test("of get_intent is asked again", async () => {
    const result = await getIntentTool(cut).execute({ executionId }, { key: "unused" })
    expect(result).toMatchObject({ advice: "wait", answer: null, unreachable: lost })
    expect(result.text).toContain(executionId)
  })
})

describe("what a model writes never throws", () => {
  const never = () => Promise.reject(new Error("was asked"))

  test.each([
    ["null", null],
    ["a text", "exe"],
    ["a list", [executionId]],
    ["nothing", {}],
    ["a malformed id", { executionId: "exe_1" }],
    ["a wait that is too long", { executionId, waitSeconds: 26 }],
    ["a wait that is not a number", { executionId, waitSeconds: "5" }],
  ])("%s in the place of the input of get_intent is to be corrected", async (_, input: Json) => {
    const result = await getIntentTool(never).execute(input, { key: "unused" })
    expect(result).toMatchObject({ advice: "correct", isError: true, answer: null, unreachable: null })
  })

  test("no input at all goes as null, which the contract refuses", async () => {
    const seen: Json[] = []
    const submit = async (input: Json): Promise<Answer> => {
      seen.push(input)
      return completed
    }
    const tool = asTool(note, { submit, corrections: openCorrections() })
    await tool.execute(undefined, { key: "k" })
    expect(seen).toEqual([null])
  })
})

describe("misuse by the program", () => {
  test("is a TypeError with a sentence", async () => {
    const world = { submit: async () => completed, corrections: openCorrections() }
    expect(() => asTool("notes.note.add@1" as never, world)).toThrow(/takes a contract/)
    expect(() => asTool(null as never, world)).toThrow(/takes a contract/)
    const tool = asTool(note, world)
    for (const none of [undefined, null, "key"])
      await expect(tool.execute({ note: "x" }, none as never)).rejects.toThrow(/options that name a key/)
  })
})
