// Reading a lock from *untrusted* bytes: all of it, or why not.
// Owns: that a lock which was altered, or which this release cannot read, is refused as a baseline. Does not own: where it
// came from. A gate that compares with less than it was asked to is worse than none.

import { digestsOfDocument } from "../define/from-document.ts"
import { hasDigest } from "../define/has-digest.ts"
import { parseWith } from "../schema/parse.ts"
import type { JsonLimits } from "../json/json-limits.ts"
import { plainObject } from "../json/json.ts"
import { parseJson } from "../json/parse-json.ts"
import { err, ok, type Result } from "../result.ts"
import { ContractLock } from "./lock.ts"
import { capabilityDigest, lockDigest } from "./make-lock.ts"

/** The lock that the bytes hold, or one sentence that says why they hold none. */
export function readLock(bytes: Uint8Array): Result<ContractLock, string> {
  const json = parseJson(bytes, lockLimits)
  if (!json.ok) return err(`It is not JSON that is accepted (${json.error.code}).`)
  const parsed = parseWith(ContractLock, json.value)
  if (!parsed.ok) {
    const [first] = parsed.error
    return err(`It does not have the form of a lock at ${first?.at ?? ""}: ${first?.message ?? ""}`)
  }
  // With nothing to compare, everything would be new and all of it safe.
  if (Object.keys(parsed.value.contracts).length === 0) return err("It holds no contract.")
  const wrong = wrongDigest(parsed.value)
  return wrong === null ? ok(parsed.value) : err(`The digest of ${wrong} is not the one that it states.`)
}

/** A lock holds every contract of an installation, and nothing in it is longer than a contract may be. */
const lockLimits: JsonLimits = {
  bytesMax: 64 * 1024 * 1024,
  depthMax: 150,
  keysMax: 100_000,
  itemsMax: 100_000,
  stringBytesMax: 256 * 1024,
}

function wrongDigest(lock: ContractLock): string | null {
  for (const [ref, locked] of Object.entries(lock.contracts)) {
    const { name, version, kind } = locked.document
    const digests = digestsOfDocument(plainObject(locked.document))
    // A lock of an earlier release states the digests of its time.
    const same = hasDigest(digests, locked.digest) && digests.documentDigest === locked.documentDigest
    const named = `${name}@${version.split(".")[0] ?? ""}` === ref && version === locked.version
    if (!same || !named || kind !== locked.kind) return ref
  }
  for (const [name, capability] of Object.entries(lock.capabilities)) {
    if (capability.digest !== capabilityDigest(name, capability)) return name
  }
  return lock.digest === lockDigest(lock) ? null : "the lock"
}
