import { describe, expect, test } from "vitest"
import {
  isObject,
  controlPlaneCallables,
  marksOf,
  seenByPolicy,
  type Callable,
  type JsonSchema,
} from "@counterfoil/contracts"

const forPeople = "It is text for people and for the trace: nothing follows from it."
const takesAway =
  "The command takes something away and gives nothing. That it never takes the last owner away, its handler sees to."

/**
 * What rules cannot read of the commands that run through the gate, and why no rule needs it. A new field of one of them is
 * either marked, or is explained here.
 */
const unseen: { readonly [contract: string]: { readonly [field: string]: string } } = {
  "controlPlane.policy.activate@1": {
    "/policyTexts/*":
      "Rules read how many there are. What they say is checked before anyone is asked: a freeze holds forbids alone, every other layer waits for another owner with any texts, and no set shuts an owner out.",
    "/modeMap/format": "It is always the same.",
    "/modeMap/overrides/*":
      "Rules read how many there are. An override only makes a mode stricter than the default, which they read.",
    "/modeMap/exceptions/*":
      "Rules read how many there are, and one suffices to ask two other owners. Each is for one contract, never an irreversible one, for at most 90 days, which is checked before anybody is asked.",
    "/basedOn": "It only refuses: an activation with it never does more than the same without it.",
    "/reason": forPeople,
  },
  "controlPlane.grant.give@1": { "/reason": forPeople },
  "controlPlane.grant.revoke@1": { "/grantId": takesAway, "/reason": forPeople },
  "controlPlane.principal.add@1": {
    "/name": "Nothing is decided by a name; a name that is taken is refused.",
    "/reason": forPeople,
  },
  "controlPlane.principal.disable@1": { "/principalId": takesAway, "/reason": forPeople },
  "controlPlane.principal.enable@1": { "/reason": forPeople },
  "controlPlane.owner.recover@1": { "/reason": forPeople },
  "controlPlane.trace.erase@1": {
    "/reason": forPeople,
    "/legalBasis": "It is text for people and for the trace; every erasure is of tier high, with any text.",
  },
  "controlPlane.capability.introduce@1": { "/reason": forPeople },
  "controlPlane.contract.adopt@1": {
    "/from": "The command only reads and compares.",
    "/to": "The command only reads and compares.",
  },
}

/** Every field of an input that rules do not read, as pointers; a field of a list by `*`. */
function unseenFields({ inputSchema, resource }: Callable): readonly string[] {
  return fieldsBelow(inputSchema, "").filter((at) => at !== resource?.at)
}

function fieldsBelow(node: JsonSchema, at: string): readonly string[] {
  const marks = marksOf(node)
  if (marks.includes("counted")) return [`${at}/*`]
  if (marks.some((mark) => seenByPolicy.has(mark))) return []
  const properties = node["properties"]
  if (!isObject(properties)) return [at]
  return Object.entries(properties).flatMap(([name, child]) =>
    isObject(child) ? fieldsBelow(child, `${at}/${name}`) : [`${at}/${name}`],
  )
}

const governing = controlPlaneCallables.filter(
  ({ path, name }) => path === "gate" && name !== "controlPlane.intent.submit",
)

describe("what rules read of a governing command", () => {
  test.each(governing.map((contract) => [contract.ref, contract] as const))(
    "of %s rules read every field, or it is said why none needs it",
    (ref, contract) => {
      expect(unseenFields(contract).toSorted()).toEqual(Object.keys(unseen[ref] ?? {}).toSorted())
    },
  )

  test("a field that is new and unmarked is found, and a list that is counted shows what rules do not read of it", () => {
    const [first] = governing
    if (first === undefined) throw new Error("no command runs through the gate")
    const inputSchema = {
      type: "object",
      properties: {
        seen: { type: "string", "x-marks": ["policy"] },
        until: { type: "string", "x-marks": ["dated"] },
        many: { type: "array", "x-marks": ["counted"] },
        inner: { type: "object", properties: { fresh: { type: "boolean" } } },
        list: { type: "array", items: { type: "string", "x-marks": ["policy"] } },
        what: { type: "string" },
      },
    }
    expect(
      unseenFields({ ...first, inputSchema, resource: { kind: "thing", at: "/what" } as never }),
    ).toEqual(["/many/*", "/inner/fresh", "/list"])
  })

  test("every line of the table is about a command that there is", () => {
    expect(Object.keys(unseen).toSorted()).toEqual(governing.map(({ ref }) => String(ref)).toSorted())
  })
})
