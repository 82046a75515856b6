// Times that do not exist, at every place of every contract where a caller gives a time: refused at the door, each time.
// Before, one of them was a failure of the server, three attempts and a step in doubt.

import {
  isObject,
  AnyJson,
  type Callable,
  type Json,
  type JsonObject,
  type JsonSchema,
} from "@counterfoil/contracts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, type Said } from "@counterfoil/cli"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"

const impossible = [
  "2026-13-45T99:99:99.999Z",
  "2026-02-30T00:00:00.000Z",
  "2016-12-31T23:59:60.000Z",
  "0000-01-01T00:00:00.000Z",
]

let plane: TestPlane
let owner: Person

beforeAll(async () => {
  plane = await startTestPlane("impossible-times", "PT5S", () => Promise.resolve())
  owner = await addSomeone(plane.started, {
    kind: "human",
    name: "olga",
    roles: ["owner", "approver"],
    capabilities: [
      "control-plane.core",
      "control-plane.approval",
      "control-plane.audit",
      "control-plane.governance",
      effectCapability,
    ],
  })
})
afterAll(() => plane.close())

/** The fields of an input that take a time, by name, and whether there are others below the first level. */
function timeFields(schema: JsonSchema): readonly string[] {
  const { properties } = schema
  const inside = JSON.stringify(schema).split(JSON.stringify(timeSpelling)).length - 1
  const fields = isObject(properties)
    ? Object.entries(properties).flatMap(([name, node]) =>
        isObject(node) && node["pattern"] === timeSpelling ? [name] : [],
      )
    : []
  return inside === fields.length ? fields : [...fields, below]
}
const below = "below the first level"
const timeSpelling = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`

const exampleOf = ({ document }: Callable): JsonObject => {
  const { examples } = document
  const inputs = (Array.isArray(examples) ? examples : []).flatMap((one: unknown) => {
    const example = AnyJson.parse(one)
    return isObject(example) && !("fails" in example) && isObject(example["input"]) ? [example["input"]] : []
  })
  return inputs[0] ?? {}
}

const plain = (value: Json | undefined): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? null)

/** A call of a contract at its own place in HTTP. */
function send({ http }: Callable, input: JsonObject, key: string): Promise<Said<unknown>> {
  if (http === null) throw new Error("it has no place in HTTP")
  const path = http.path.replaceAll(/:(\w+)/g, (_all, name: string) => plain(input[name]))
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !http.path.includes(`:${name}`)))
  if (http.method === "POST") return call(plane.url, owner, "POST", path, { ...rest, key })
  const query = new URLSearchParams(Object.entries(rest).map(([name, value]) => [name, plain(value)]))
  return call(plane.url, owner, "GET", `${path}?${query.toString()}`)
}

const codeOf = (said: Said<unknown>): string => (said.kind === "problem" ? said.problem.code : "answered")

describe("a time that does not exist is INPUT_INVALID, wherever a caller can give one", () => {
  test("in every field of every route that takes a time", { timeout: 60_000 }, async () => {
    const routed = plane.started.plane.registry.contracts.flatMap((contract) =>
      contract.kind !== "event" && contract.kind !== "intent" && contract.http !== null
        ? timeFields(contract.inputSchema).map((field) => ({ contract, field }))
        : [],
    )
    const asked = routed.map(({ contract, field }) => `${contract.ref} ${field}`)
    expect(asked).toContain("controlPlane.grant.give@1 expiresAt")
    // The mode maps have a test of their own.
    expect(asked.filter((one) => one.endsWith(below))).toEqual([
      `controlPlane.policy.activate@1 ${below}`,
      `controlPlane.policy.read@1 ${below}`,
    ])
    for (const { contract, field } of routed.filter(({ field: name }) => name !== below))
      for (const [i, time] of impossible.entries()) {
        const said = await send(
          contract,
          { ...exampleOf(contract), [field]: time },
          `${field}-${i}-of-a-test`,
        )
        expect([contract.ref, field, time, codeOf(said)]).toEqual([
          contract.ref,
          field,
          time,
          "INPUT_INVALID",
        ])
      }
  })

  test("in the mode map of a policy that is activated or compared", async () => {
    for (const [i, expires] of impossible.entries()) {
      const exception = {
        contract: effectRef("natural"),
        medium: "autonomous",
        owner: "olga",
        reason: "a test of times",
        expires,
      }
      const change = {
        layer: "tenant",
        policyTexts: [],
        modeMap: {
          format: "counterfoil.mode-map/1",
          default: { low: "autonomous", medium: "assist", high: "assist" },
          overrides: [],
          exceptions: [exception],
        },
      }
      for (const [path, input, place] of [
        ["/policy/activate", { ...change, reason: "a test", key: `mode-map-${i}` }, ""],
        ["/policy/read", { change }, "/change"],
      ] as const) {
        const said = await call(plane.url, owner, "POST", path, input)
        const issues = said.kind === "problem" ? said.problem.issues : []
        expect([codeOf(said), issues.map(({ at }) => at)]).toEqual([
          "INPUT_INVALID",
          [`${place}/modeMap/exceptions/0/expires`],
        ])
      }
    }
  })

  test("in a condition: 30 February compares with nothing", async () => {
    const when = { lt: ["2026-02-30T00:00:00Z", "2026-03-01T00:00:00Z"] }
    const step = {
      key: "act",
      contract: effectRef("natural"),
      input: { label: "never", point: "none" },
      when,
    }
    const said = await call<{ readonly rejections?: readonly { readonly code: string }[] }>(
      plane.url,
      owner,
      "POST",
      "/intents",
      {
        key: "in-a-condition",
        as: { draft: { format: "counterfoil.draft/1", steps: [step] } },
        wait: "PT5S",
      },
    )
    if (said.kind === "problem") throw new Error(said.problem.code)
    expect(said.body.rejections?.map(({ code }) => code)).toEqual(["CONDITION_TYPE"])
    expect(plane.ledger.calls("natural")).toBe(0)
  })
})
