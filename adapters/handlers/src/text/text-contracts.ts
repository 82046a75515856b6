// The contract of the text handler: a text from a template and values, and nothing else.
// Owns: this contract. Does not own: the template language (Mustache without partials, lambdas and escaping).
// Values go two levels deep, so that the planner can compare a step's values with the allowed ones.

import { defineQuery, text } from "@counterfoil/contracts"
import { z } from "zod"
import { textCompute } from "../capabilities.ts"
import { longText, textBytesMax } from "../fields.ts"

/** Most items of one list in a template's values. */
const listItemsMax = 1000

const fieldName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/)
/** No pattern: any output of an earlier step is accepted. The rendered text is checked instead. */
const scalar = [z.string().max(textBytesMax), z.number(), z.boolean(), z.null()] as const
const record = z.record(fieldName, z.union(scalar))
const list = z.array(z.union([...scalar, record])).max(listItemsMax)

export const textTemplateRender = defineQuery({
  name: "text.template.render",
  version: "1.1.0",
  meta: {
    title: "Render a text",
    goal: "The text that a Mustache template gives with these values, exactly as they are.",
    context:
      "For notes, messages and files. Values are not escaped: do not render HTML with it. Partials and other delimiters are refused.",
    owners: ["ai-runtime"],
    tags: ["text"],
    stability: "beta",
  },
  effect: "pure",
  input: z.strictObject({
    template: text(16_384),
    values: z.record(fieldName, z.union([...scalar, record, list])),
  }),
  output: z.strictObject({ text: longText }),
  capability: textCompute.name,
  examples: [
    {
      title: "a greeting",
      input: { template: "Hello {{name}}\n", values: { name: "Mia" } },
      output: { text: "Hello Mia\n" },
    },
    {
      title: "a list",
      input: {
        template: "{{#items}}- {{title}}\n{{/items}}",
        values: { items: [{ title: "One" }, { title: "Two" }] },
      },
      output: { text: "- One\n- Two\n" },
    },
    { title: "no values", input: { template: "Hello" }, fails: "/values" },
  ],
})

/** How a rendering can end without success; here, so that the process has them without the code, which a thread loads. */
export const templateEndings = ["TEMPLATE_INVALID", "OUTPUT_TOO_LARGE", "OUTPUT_NOT_TEXT"] as const
