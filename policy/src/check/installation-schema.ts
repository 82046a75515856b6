// What the rules of an installation are checked against: its actions, and the schema of all of them.
// Owns: making it once for a registry, which never changes. Does not own: the content of a schema (schema/).

import { canonicalBytes, err, ok, type Registry, type Result } from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import { asJson } from "../decide/as-json.ts"
import type { DigestedSchema } from "../engine/engine-memory.ts"
import type { Action } from "../schema/action.ts"
import { actionsOf, wholeSchema, type UnfitContract } from "../schema/cedar-schema.ts"

/** The actions of a registry, sorted by reference, and the schema of all. */
export interface InstallationSchema {
  readonly actions: readonly Action[]
  readonly whole: DigestedSchema
}

/** The schema of a registry, or the contract that fits into none. */
export function installationSchemaOf(registry: Registry): Result<InstallationSchema, UnfitContract> {
  const known = made.get(registry) ?? make(registry)
  made.set(registry, known)
  return known
}

const made = new WeakMap<Registry, Result<InstallationSchema, UnfitContract>>()

function make(registry: Registry): Result<InstallationSchema, UnfitContract> {
  const found = actionsOf(registry)
  if (!found.ok) return err(found.error)
  const actions = [...found.value.values()]
  const json = wholeSchema(actions)
  return ok({ actions, whole: { json, digest: blobDigest(canonicalBytes(asJson(json))) } })
}
