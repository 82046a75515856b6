// The template handler: the laws of a pure query, and what its language leaves out.

import { describe, expect, test } from "vitest"
import type { Json } from "@counterfoil/contracts"
import { callOf, handlerLaws } from "../handler-laws.ts"
import { templateRenderHandler } from "./template-render.ts"

handlerLaws("text.template.render", async () => ({
  handler: templateRenderHandler(),
  input: { template: "Hello {{name}}", values: { name: "Mia" } },
  badInput: { template: 1 },
  observe: async () => "",
  effects: async () => 0,
  secrets: [],
  close: async () => {},
}))

describe("text.template.render", () => {
  const render = (template: string, values: Json) => templateRenderHandler().run(callOf({ template, values }))
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
    "%s is no template",
    async (template) => {
      expect(await render(template, {})).toMatchObject({ kind: "rejected", code: "TEMPLATE_INVALID" })
    },
  )

  test("sections inside sections stop at the bound instead of multiplying", async () => {
    const nested = "{{#l}}".repeat(8) + "x" + "{{/l}}".repeat(8)
    const l = Array.from({ length: 1000 }, () => "i")
    expect(await render(nested, { l })).toMatchObject({ kind: "rejected", code: "OUTPUT_TOO_LARGE" })
  })

  test("control characters in values do not get into a text", async () => {
    expect(await render("{{a}}", { a: "\u001b[2J" })).toMatchObject({
      kind: "rejected",
      code: "OUTPUT_NOT_TEXT",
    })
  })
})
