// The source of a new contract's test: the laws of its class, and a failing outside system.
// It includes an outside system in memory. Does not own: the laws (handlers/test/handler-laws.ts).

import { isQuery, namesOf, sampleOf, type Scaffold } from "./scaffold.ts"

/** The test beside the handler. */
export function testSource({ name, effect, input, output }: Scaffold): string {
  const { contract, file, handler, outside } = namesOf(name)
  const query = isQuery(effect)
  const sample = sampleOf(input)
  const act = query ? "read" : "act"
  return `// ${name}: the laws of its effect class, with an outside system in memory.

import { describe, expect, test } from "vitest"
import { callOf, handlerLaws } from "../../test/handler-laws.ts"
import { ${contract} } from "./${file}-contract.ts"
import { ${handler}, type ${outside} } from "./${file}.ts"

const input = ${sample}
const output = ${contract}.output.parse(${sampleOf(output)})

handlerLaws("${name}", async () => {
  const acted = new Set<string>()
  const outside: ${outside} = {
${outsideOf[effect]}
  }
  return {
    handler: ${handler}(outside),
    input,
    badInput: {},
    observe: async () => [...acted].join(),
    effects: async () => acted.size,
    secrets: [],
    close: async () => {},
  }
})

describe("${name}", () => {
  test("INV-03 an error of the outside system is thrown on: the executor records that the outcome is unknown", async () => {
    const ${act} = () => Promise.reject(new Error("lost"))
    const handler = ${handler}({ ${effect === "probeable" ? `${act}, find: ${act}` : act} })
    await expect(handler.run(callOf(input))).rejects.toThrow("lost")
  })
})
`
}

const acts = (
  remembered: string,
): string => `    act: async (${remembered === "key" ? "_asked, key" : "asked"}) => {
      acted.add(${remembered === "key" ? "key" : "JSON.stringify(asked)"})
      return output
    },`
const reads = "    read: async () => output,"
const outsideOf: { readonly [E in Scaffold["effect"]]: string } = {
  pure: reads,
  read: reads,
  natural: acts("asked"),
  keyed: acts("key"),
  probeable: `${acts("key")}\n    find: async (key) => (acted.has(key) ? output : null),`,
  unsafe: acts("key"),
}
