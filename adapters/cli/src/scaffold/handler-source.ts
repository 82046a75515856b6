// The source of a new contract's handler: it compiles, and keeps the laws of its class with any implementation of its interface.
// Does not own: the outside system, which the author implements as one small interface.

import { isQuery, namesOf, type Scaffold } from "./scaffold.ts"

/** The file with the handler and the interface to the outside system. */
export function handlerSource({ name, effect }: Scaffold): string {
  const { contract, file, handler, outside } = namesOf(name)
  const probes = effect === "probeable"
  const query = isQuery(effect)
  return `// The handler of ${name}.
// Owns: the call of the outside system. Does not own: that system (an argument of the handler), nor repeating a call
// (the executor, by the effect class). An error of the outside system makes the outcome unknown (INV-03).

import type { ${query ? "Immutable" : "IdempotencyKey, Immutable"} } from "@counterfoil/contracts"
import type { z } from "zod"
import { implement, succeeded } from "@counterfoil/contracts/ports"
import { ${contract} } from "./${file}-contract.ts"

type Input = Immutable<z.output<typeof ${contract}.input>>
type Output = z.output<typeof ${contract}.output>

/** What this handler needs of the outside system. */
export interface ${outside} {
${query ? queryPort : actPort[effect]}${probes ? probePort : ""}}

/** The handler of \`${name}\`. */
export const ${handler} = (outside: ${outside}) =>
${query ? queryBody(contract) : probes ? probeBody(contract) : actBody(contract)}
`
}

const queryPort = `  /** Returns the same for the same input, and changes nothing. */
  read(input: Input, signal: AbortSignal): Promise<Output>
`
const acting = "  act(input: Input, key: IdempotencyKey, signal: AbortSignal): Promise<Output>\n"
const actPort: { readonly [E in Exclude<Scaffold["effect"], "pure" | "read">]: string } = {
  natural: `  /** Acting again with the same input changes nothing more. */\n${acting}`,
  keyed: `  /** Acts only once for a key, within the contract's window. */\n${acting}`,
  probeable: `  /** Acts with a key, and stores the key where \`find\` finds it. */\n${acting}`,
  unsafe: `  /** Is called at most once. */\n${acting}`,
}
const probePort = `  /** The output of the action with this key; null when there was none. It only reads. */
  find(key: IdempotencyKey, signal: AbortSignal): Promise<Output | null>
`

const queryBody = (contract: string): string =>
  `  implement(${contract}, async (input, { signal }) => succeeded(await outside.read(input, signal)))`

const actBody = (
  contract: string,
): string => `  implement(${contract}, async (input, { idempotencyKey, signal }) =>
    succeeded(await outside.act(input, idempotencyKey, signal)),
  )`

const probeBody = (contract: string): string => `  implement(
    ${contract},
    async (input, { idempotencyKey, signal }) => succeeded(await outside.act(input, idempotencyKey, signal)),
    async (_input, { idempotencyKey, signal }) => {
      const output = await outside.find(idempotencyKey, signal)
      return output === null ? { kind: "notFound" } : { kind: "found", output }
    },
  )`
