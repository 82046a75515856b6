// The source of a new contract, formatted as the formatter does.
// Does not own: its values (scaffold.ts). The author adds what is missing; lint finds it.

import {
  fieldKinds,
  isQuery,
  namesOf,
  quoted,
  sampleOf,
  type Scaffold,
  type ScaffoldField,
} from "./scaffold.ts"

/** The line length of this tree's formatter. */
const columnsMax = 110

/** The file that defines the contract. */
export function contractSource(scaffold: Scaffold): string {
  const { name, effect, capability, meta, input, output } = scaffold
  const names = namesOf(name)
  const query = isQuery(effect)
  const define = query ? "defineQuery" : "defineCommand"
  const [first] = input
  return `// The contract ${name}.
// Does not own: the handler (${names.file}.ts).

import { ${importsOf(scaffold, define).join(", ")} } from "@counterfoil/contracts"
import { z } from "zod"

export const ${names.contract} = ${define}({
  name: "${name}",
  version: "1.0.0",
  meta: {
    ${property("title", quoted(meta.title))}
    ${property("goal", quoted(meta.goal))}
    ${property("context", quoted(meta.context))}
    owners: [${meta.owners.map(quoted).join(", ")}],
    tags: [${meta.tags.map(quoted).join(", ")}],
    stability: "${meta.stability}",
  },
  input: z.strictObject({
${inputFields(input)}
  }),
  output: z.strictObject({
${output.map(({ name: field, kind }) => `    ${field}: ${fieldKinds[kind].schema},`).join("\n")}
  }),
  capability: "${capability}",
  effect: "${effect}",
${classLines[effect].map((line) => `  ${line}\n`).join("")}  resource: { kind: "${first.name}", at: "/${first.name}" },
${query ? "" : `${previewOf(input)}\n`}  examples: [
    {
      title: "as it should be",
      input: ${sampleOf(input)},
      output: ${sampleOf(output)},
    },
    {
      title: "without ${first.name}",
      input: ${sampleOf(input.slice(1))},
      fails: "/${first.name}",
    },
  ],
})
`
}

/** The required lines of each class; the author corrects the values. */
const classLines: { readonly [E in Scaffold["effect"]]: readonly string[] } = {
  pure: [],
  read: [],
  natural: [],
  keyed: [`window: "P1D",`],
  probeable: [`probe: { settle: "PT5S" },`],
  unsafe: ["irreversible: true,"],
}

function importsOf({ input, output }: Scaffold, define: string): readonly string[] {
  const used = [...input, ...output].map(({ kind }) => fieldKinds[kind].from)
  return [
    ...(used.includes("Time") ? ["Time"] : []),
    define,
    "mark",
    ...(used.includes("text") ? ["text"] : []),
  ]
}

/** Marks the first field, which names what is acted on, as visible for policy. */
function inputFields([first, ...rest]: readonly [ScaffoldField, ...ScaffoldField[]]): string {
  const schemaOf = ({ kind }: ScaffoldField): string => fieldKinds[kind].schema
  return [
    `    ${first.name}: mark(${schemaOf(first)}, ["policy", "target"]),`,
    ...rest.map((field) => `    ${field.name}: ${schemaOf(field)},`),
  ].join("\n")
}

function previewOf(fields: readonly ScaffoldField[]): string {
  const lines = fields.map(({ name }) => `{ label: "${label(name)}", at: "/${name}" }`)
  return lines.length === 1
    ? `  preview: [${lines[0] ?? ""}],`
    : `  preview: [\n${lines.map((line) => `    ${line},`).join("\n")}\n  ],`
}

const label = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`

function property(name: string, value: string): string {
  const line = `${name}: ${value},`
  return line.length + 4 <= columnsMax ? line : `${name}:\n      ${value},`
}
