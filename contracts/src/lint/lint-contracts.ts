// Everything that a contract lacks though it can be defined: words, errors, examples, previews, and names that lead nowhere.
// Owns: finding it. Does not own: the rules' words (contract-issue.ts), what makes a contract impossible (define), nor
// what changed since an earlier version (drift).

import type { Callable, Contract } from "../define/contract.ts"
import { exampleProblem, examplesOf, type Example } from "../define/examples.ts"
import { definitionAt, type JsonSchema } from "../schema/schema.ts"
import { objectOf } from "../json/json.ts"
import { parsePointer } from "../json/json-pointer.ts"
import { isList, referencesOf } from "../plan/reference.ts"
import { misfit } from "../shape/fit.ts"
import { typeOf } from "../shape/schema-type.ts"
import { contractIssue, type ContractIssue, type ContractLintRule } from "./contract-issue.ts"

/** Finds a contract of the installation by reference. */
type Find = (ref: string) => Contract | undefined
/** What was found of a contract: the rule, the place, and what exactly. */
type Found = readonly [rule: ContractLintRule, at: string, found?: string]

/** The findings of all contracts, in their order; empty when every one is as it should be. */
export const lintContracts = (contracts: readonly Contract[], find: Find): readonly ContractIssue[] =>
  contracts.flatMap((contract) =>
    foundIn(contract, find).map(([rule, at, found = ""]) =>
      contractIssue(rule, { contract: contract.ref, at, found }),
    ),
  )

function foundIn(contract: Contract, find: Find): readonly Found[] {
  return [
    ...inWords(contract),
    ...inExamples(contract),
    ...inDeprecation(contract, find),
    ...(contract.kind === "command" || contract.kind === "query" ? inCallable(contract, find) : []),
  ]
}

function inWords({ meta: { title, goal, context } }: Contract): readonly Found[] {
  const words = [title, goal, context].map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, " ")
      .trim(),
  )
  return new Set(words).size === words.length ? [] : [["words-repeat", "/meta"]]
}

function inExamples(contract: Contract): readonly Found[] {
  const examples = examplesOf(contract)
  const wrong = examples.flatMap((example, at): readonly Found[] => {
    const problem = exampleProblem(contract, example)
    return problem === null ? [] : [["example-wrong", `/examples/${at}`, problem]]
  })
  const accepted = examples.some(({ fails }) => fails === null)
  // The control plane writes an event, and nothing refuses it.
  const refused = contract.kind === "event" || examples.some(({ fails }) => fails !== null)
  return [
    ...(accepted ? [] : [["example-missing", "/examples"] as const]),
    ...(refused ? [] : [["refusal-missing", "/examples"] as const]),
    ...(contract.kind === "event" ? [] : unanswered(examples)),
    ...wrong,
  ]
}

const unanswered = (examples: readonly Example[]): readonly Found[] =>
  examples.flatMap(({ output, fails }, at) =>
    fails === null && output === undefined ? [["output-missing", `/examples/${at}`] as const] : [],
  )

function inDeprecation({ meta }: Contract, find: Find): readonly Found[] {
  if (meta.stability !== "deprecated") return []
  if (meta.deprecation === undefined) return [["deprecation-missing", "/meta/deprecation"]]
  const { replacedBy } = meta.deprecation
  return find(replacedBy) === undefined
    ? [["reference-lost", "/meta/deprecation/replacedBy", replacedBy]]
    : []
}

function inCallable(contract: Callable, find: Find): readonly Found[] {
  const { undo, resource, preview, notShown, errors, path } = contract
  const pointers = [
    ...(resource === null ? [] : [["/resource/at", resource.at] as const]),
    ...preview.map(({ at }, line) => [`/preview/${line}/at`, at] as const),
    ...notShown.map(({ at }, line) => [`/notShown/${line}/at`, at] as const),
  ]
  const lost = pointers.filter(([, pointer]) => !hasField(contract.inputSchema, pointer))
  return [
    ...(path !== "step" && errors.length === 0 ? [["errors-missing", "/errors"] as const] : []),
    ...lost.map(([at, pointer]) => ["pointer-lost", at, pointer] as const),
    ...(undo !== null && find(undo.contract)?.kind !== "command"
      ? [["reference-lost", "/undo/contract", undo.contract] as const]
      : []),
    ...inObserves(contract, find),
  ]
}

function inObserves({ observes, inputSchema }: Callable, find: Find): readonly Found[] {
  if (observes === null) return []
  const read = find(observes.contract)
  if (read?.kind !== "query") return [["reference-lost", "/observes/contract", observes.contract]]
  const lost = referencesOf(observes.input).filter(({ at }) => !hasField(inputSchema, at))
  const field = objectOf(objectOf(inputSchema["properties"])[observes.at.slice(1)])
  const held = { ...field, ...("$defs" in inputSchema ? { $defs: inputSchema["$defs"] } : {}) }
  const found = misfit({ type: typeOf(read.outputSchema), pii: false }, { type: typeOf(held), pii: false })
  return [
    ...lost.map(({ at }) => ["pointer-lost", "/observes/input", at] as const),
    ...(found === null ? [] : [["state-misfit", "/observes/at", found.why.slice(0, -1)] as const]),
  ]
}

/** Whether a value of the schema can have something at the pointer. */
function hasField(schema: JsonSchema, pointer: string): boolean {
  const path = parsePointer(pointer)
  return path.ok && reaches(schema, schema, path.value)
}

function reaches(root: JsonSchema, schema: JsonSchema, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true
  const { $ref } = schema
  if (typeof $ref === "string") {
    const definition = definitionAt(root, $ref)
    return definition !== null && reaches(root, definition, [name, ...rest])
  }
  const variants = schema["anyOf"] ?? schema["oneOf"]
  if (isList(variants)) return variants.some((one) => reaches(root, objectOf(one), [name, ...rest]))
  const properties = objectOf(schema["properties"])
  const inner = Object.hasOwn(properties, name)
    ? properties[name]
    : /^\d+$/.test(name)
      ? schema["items"]
      : undefined
  return inner !== undefined && reaches(root, objectOf(inner), rest)
}
