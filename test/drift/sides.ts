// Two sides of a change as small JSON: what differs, and nothing else.
// Owns: cutting both down. Does not own: which change it is (corpus/), nor how it is shown (rule-page.ts).

import { isObject, isList, type ContractDocument, type Json, type JsonObject } from "@counterfoil/contracts"
import type { ContractLock } from "@counterfoil/contracts/drift"

/** Documents by reference, in its order. */
export const byRef = (documents: readonly ContractDocument[]): JsonObject =>
  Object.fromEntries(documents.map((document) => [refOf(document), document] as const).toSorted(byText))

const refOf = ({ name, version }: ContractDocument): string =>
  typeof name === "string" && typeof version === "string" ? `${name}@${version.split(".")[0] ?? ""}` : ""
const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** What a lock says beside its documents. */
export const besideDocuments = ({
  contracts,
  capabilities,
  errors,
  acknowledged,
}: ContractLock): JsonObject => ({
  errors: dataOf(errors),
  capabilities: Object.fromEntries(
    Object.entries(capabilities).map(([name, { requires }]) => [name, { requires: [...requires] }]),
  ),
  contracts: Object.fromEntries(
    Object.entries(contracts).map(([ref, { subject, entryKind, http, drafts, document }]) => [
      ref,
      dataOf({ floor: "floor" in document ? document.floor : null, subject, entryKind, http, drafts }),
    ]),
  ),
  acknowledged: acknowledged.map(({ rule, contract, expires }) => ({ rule, contract, expires })),
})

/** Both sides cut down to what differs; fields in another order are shown whole. */
export function sidesOf(
  before: JsonObject,
  after: JsonObject,
): { readonly before: Json; readonly after: Json } {
  const [b, a] = differing(before, after)
  return { before: b, after: a }
}

function differing(before: JsonObject, after: JsonObject): readonly [JsonObject, JsonObject] {
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  // A higher version goes with every change; it is shown where it is the change.
  const told = names.length > 1 ? names.filter((name) => name !== "version") : names
  const pairs = told.map((name) => [name, ...pairOf(before[name], after[name])] as const)
  return [
    side(pairs.map(([name, value]) => [name, value])),
    side(pairs.map(([name, , value]) => [name, value])),
  ]
}

const side = (fields: readonly (readonly [string, Json | undefined])[]): JsonObject =>
  Object.fromEntries(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

function pairOf(
  before: Json | undefined,
  after: Json | undefined,
): readonly [Json | undefined, Json | undefined] {
  if (isObject(before) && isObject(after)) {
    const cut = differing(before, after)
    return cut.every((each) => Object.keys(each).length === 0) ? [before, after] : cut
  }
  return [briefly(before), briefly(after)]
}

/** A whole contract that comes or goes, by what the rules look at. */
function briefly(value: Json | undefined): Json | undefined {
  if (!isObject(value) || value["meta"] === undefined) return value
  const { kind, version, capability, meta, examples } = value
  const { stability, deprecation } = isObject(meta) ? meta : {}
  return dataOf({
    kind,
    version,
    capability,
    stability,
    deprecation,
    examples: isList(examples) && examples.length === 0 ? examples : undefined,
  })
}

/** A value as JSON has it: what is undefined is not there. */
const dataOf = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
