// The sources of a new pure contract's handler and test: a computation that a thread runs, without an outside system.
// Does not own: the computation, which its author writes, nor threads (adapters/handlers/src/threads).

import { namesOf, sampleOf, type Scaffold } from "./scaffold.ts"

/** The module that a thread loads. It returns the output of the contract's example until its author writes the computation. */
export function pureHandlerSource({ name, output }: Scaffold): string {
  const { contract, file } = namesOf(name)
  return `// The handler of ${name}. A thread runs it, within limits of time and memory: register it with inThread.
// Owns: the computation. Does not own: the thread (adapters/handlers/src/threads). It may use no clock, no file, no environment.

import type { Immutable } from "@counterfoil/contracts"
import type { z } from "zod"
import { implement, succeeded } from "@counterfoil/contracts/ports"
import { ${contract} } from "./${file}-contract.ts"

type Input = Immutable<z.output<typeof ${contract}.input>>
type Output = z.output<typeof ${contract}.output>

/** The handler of \`${name}\`; a thread finds it by this name. */
export const handler = implement(${contract}, async (input) => succeeded(computed(input)))

/** The output, which may depend only on the input. */
function computed(_input: Input): Output {
  return ${contract}.output.parse(${sampleOf(output)})
}
`
}

/** The test beside it. */
export function pureTestSource({ name, input }: Scaffold): string {
  const { contract, file } = namesOf(name)
  return `// ${name}: the laws of a pure query, and loading it in a thread.

import { describe, expect, test } from "vitest"
import { inThread } from "../threads/in-thread.ts"
import { openPureThreads } from "../threads/pure-threads.ts"
import { callOf, handlerLaws } from "../../test/handler-laws.ts"
import { ${contract} } from "./${file}-contract.ts"
import { handler } from "./${file}.ts"

const input = ${sampleOf(input)}

handlerLaws("${name}", async () => ({
  handler,
  input,
  badInput: {},
  observe: async () => "",
  effects: async () => 0,
  secrets: [],
  close: async () => {},
}))

describe("${name}", () => {
  test("a thread loads it and answers the same", async () => {
    const threads = openPureThreads()
    const threaded = inThread(${contract}, new URL("./${file}.ts", import.meta.url), threads)
    const answer = await threaded.run(callOf(input))
    await threads.close()
    expect(answer).toEqual(await handler.run(callOf(input)))
  })
})
`
}
