// The template handler: the laws of a pure query, and what its language leaves out.

import { afterAll, describe, expect, test } from "vitest"
import type { Json } from "@counterfoil/contracts"
import { inThread } from "../threads/in-thread.ts"
import { openPureThreads } from "../threads/pure-threads.ts"
import { callOf, handlerLaws } from "../../test/handler-laws.ts"
import { handler } from "./template-render.ts"

const threads = openPureThreads()
afterAll(() => threads.close())

handlerLaws("text.template.render", async () => ({
  handler: inThread(handler.contract, new URL("./template-render.ts", import.meta.url), threads),
  input: { template: "Hello {{name}}", values: { name: "Mia" } },
  badInput: { template: 1 },
  observe: async () => "",
  effects: async () => 0,
  secrets: [],
  close: async () => {},
}))

describe("text.template.render", () => {
  const render = (template: string, values: Json) => handler.run(callOf({ template, values }))
  const textOf = async (template: string, values: Json) => {
    const answer = await render(template, values)
    return answer.kind === "succeeded" ? answer.output : answer
  }

  test("a list is rendered item by item, and an empty one by its inverted section", async () => {
    const template = "# {{title}}\n{{#items}}\n- {{name}}\n{{/items}}\n{{^items}}\nnone\n{{/items}}\n"
    expect(await textOf(template, { title: "T", items: [{ name: "a" }, { name: "b" }] })).toEqual({
      text: "# T\n- a\n- b\n",
    })
    expect(await textOf(template, { title: "T", items: [] })).toEqual({ text: "# T\nnone\n" })
  })

  test("values are written as they are, without escaping", async () => {
    expect(await textOf("{{a}} {{&a}} {{n}} {{{a}}}", { a: "<&\"'>", n: 0 })).toEqual({
      text: "<&\"'> <&\"'> 0 <&\"'>",
    })
  })

  test("a name reaches nothing but the given values", async () => {
    expect(
      await textOf("[{{constructor}}{{a.constructor.name}}{{toString}}{{l.map}}{{hasOwnProperty}}]", {
        a: {},
        l: [],
      }),
    ).toEqual({ text: "[]" })
  })

  test.each(["{{> partial}}", "{{=<% %>=}}", "{{#open}}", "{{/closed}}", "{{a-b}}", "{{__proto__}}"])(
    "%s is not a template",
    async (template) => {
      expect(await render(template, {})).toMatchObject({ kind: "rejected", code: "TEMPLATE_INVALID" })
    },
  )

  test("sections inside sections stop at the bound instead of multiplying", async () => {
    const nested = "{{#l}}".repeat(8) + "x" + "{{/l}}".repeat(8)
    const l = Array.from({ length: 1000 }, () => "i")
    expect(await render(nested, { l })).toMatchObject({ kind: "rejected", code: "OUTPUT_TOO_LARGE" })
  })

  test.each([
    ["a name that no section around it has", ""],
    ["a name of many parts", ".a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"],
  ])("%s stops at the bound of looking, inside many sections", async (_, parts) => {
    const names = Array.from({ length: 90 }, (_unused, i) => `{{n${i}${parts}}}`).join("")
    const deep = `${"{{#a}}".repeat(600)}{{#l}}${names}{{/l}}${"{{/a}}".repeat(600)}`
    const l = Array.from({ length: 1000 }, () => "i")
    const before = process.threadCpuUsage()
    expect(await render(deep, { a: "x", l })).toMatchObject({ kind: "rejected", code: "OUTPUT_TOO_LARGE" })
    // Without the bound there are 54 million places, which take the processor seconds.
    expect(process.threadCpuUsage(before).user).toBeLessThan(1_000_000)
  })

  test("a thousand items with a hundred fields each are rendered inside eight sections", async () => {
    const names = Array.from({ length: 98 }, (_unused, i) => `{{n${i}}}`).join("")
    const deep = `${"{{#a}}".repeat(7)}{{#l}}${names}{{/l}}${"{{/a}}".repeat(7)}`
    const l = Array.from({ length: 1000 }, () => ({ n7: "7" }))
    expect(await textOf(deep, { a: "x", l })).toEqual({ text: "7".repeat(1000) })
  })

  test("control characters in values do not get into a text", async () => {
    expect(await render("{{a}}", { a: "\u001b[2J" })).toMatchObject({
      kind: "rejected",
      code: "OUTPUT_NOT_TEXT",
    })
  })
})
