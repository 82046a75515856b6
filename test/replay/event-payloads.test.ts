// The payloads of events as both verifiers read them: the product by the schemas of its code, the second one by the document that a
// bundle carries. A payload that one takes and the other refuses would be honest evidence that does not verify.

import { expect, test } from "vitest"
import {
  controlPlaneContracts,
  isList,
  isObject,
  parseWith,
  payloads,
  type Json,
} from "@counterfoil/contracts"
import { budgetOf, misfit } from "@counterfoil/verifier"
import { diceOf } from "./dice.ts"
import { asObject, leavesOf, withLeaf } from "./forge.ts"

const payloadsTried = 6_000
/** One character and two UTF-16 code units, as often as it stays within a bound, and once more. */
const beyond = (times: number): string => "\u{1f600}".repeat(times)
const odd: readonly Json[] = [
  ...[1, 2, 3, 19, 20, 64, 65, 100, 120, 200, 251, 300, 500, 501, 1000].map(beyond),
  "",
  "a".repeat(500),
  "a".repeat(501),
  "x".repeat(9000),
  "e\u0301",
  "\n",
  "a\u2028",
  "\u0085",
  "\ufeff",
  "A",
  "en-US",
  0,
  -1,
  1.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  null,
  true,
  [],
  {},
  "2026-02-29T00:00:00.000Z",
  "2024-02-29T00:00:00.000Z",
  "2026-01-01T24:00:00.000Z",
  "2026-01-01T00:00:60.000Z",
  "P1D",
  "P1DT",
  "PT1H1H",
  "PT99999H",
  `sha256:${"0".repeat(64)}\n`,
  "/a~2",
  "/a~1",
]

/** The examples of an event contract that the product knows. */
const known = controlPlaneContracts.flatMap(({ ref, document }) => {
  const schema = Object.entries(payloads).find(([kind]) => kind === ref)?.[1]
  const { examples, payload } = asObject(document)
  return schema === undefined || examples === undefined || !isList(examples)
    ? []
    : examples.map((example) => ({
        ref,
        schema,
        document: asObject(payload),
        payload: asObject(example)["payload"] ?? null,
      }))
})

test("INV-07 a payload fits its event contract for both verifiers or for neither, in any characters", () => {
  const said = { taken: 0, refused: 0 }
  for (let seed = 0; seed < payloadsTried; seed += 1) {
    const dice = diceOf(seed)
    const { ref, schema, document, payload } = dice.one(known)
    const leaves = leavesOf(payload)
    const changed = leaves.length === 0 ? payload : withLeaf(payload, dice.one(leaves), () => dice.one(odd))
    const own = isObject(changed) && parseWith(schema, changed).ok
    const second = misfit(document, changed, "", { schema: document, budget: budgetOf(1_000_000) }) === null
    expect({ ref, changed, taken: second }).toEqual({ ref, changed, taken: own })
    said[own ? "taken" : "refused"] += 1
  }
  expect(said.taken).toBeGreaterThan(500)
  expect(said.refused).toBeGreaterThan(500)
})
