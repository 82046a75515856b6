// The key that signs a person's reviews: an ed25519 key in a file that only its owner can read.
// Owns: making, reading and naming it. Does not own: enrolling it (auth), nor what is signed (sign-review.ts).
// Keeps INV-06: the key stays with the person; the server gets only its public half.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { hex, sha256 } from "@counterfoil/contracts/digest"
import { CliError } from "../cli-error.ts"
import { readPrivate, writePrivate } from "../settings/contexts.ts"
import type { Settings } from "../settings/settings.ts"

/** A person's key. `keyId` is SHA-256 of the SPKI bytes in hex; `spki` is base64. */
export interface ReviewKey {
  readonly keyId: string
  readonly spki: string
  readonly secret: KeyObject
}

/** The person and the server of a key. Without a principal: the file of an earlier version, which had one key for each server. */
interface KeyPlace {
  readonly folder: string
  readonly url: string
  readonly principal: string | null
}

/** The place of a person's key for the server in use. */
export const placeOf = ({ folder, url }: Settings, principal: string | null): KeyPlace => ({
  folder,
  url,
  principal,
})

/** The key at a place, or null when no file exists there. Errors: a file that others can read, or that is not a key. */
export function readReviewKey(place: KeyPlace): ReviewKey | null {
  const { folder, name } = keyFile(place)
  return keyIn(join(folder, name))
}

/**
 * The key that signs for a person: their own file, or the file of an earlier version if the server has its key as theirs. Errors: as
 * `readReviewKey`.
 */
export async function reviewKeyFor(
  settings: Settings,
  principal: string,
  enrolled: () => Promise<readonly string[]>,
): Promise<ReviewKey | null> {
  const own = readReviewKey(placeOf(settings, principal))
  if (own !== null) return own
  const before = readReviewKey(placeOf(settings, null))
  return before !== null && (await enrolled()).includes(before.keyId) ? before : null
}

/** Makes a person's key for the server in use, in a file with mode 0600. Errors: the file exists. */
export function makeReviewKey(place: KeyPlace): ReviewKey {
  const { folder, name } = keyFile(place)
  if (readReviewKey(place) !== null)
    throw new CliError(`There is already a key in ${join(folder, name)}.`, {
      code: "KEY_EXISTS",
      ends: "conflict",
      fix: "counterfoil key list",
    })
  const { privateKey } = generateKeyPairSync("ed25519")
  writePrivate(folder, name, privateKey.export({ format: "pem", type: "pkcs8" }).toString())
  return reviewKeyOf(privateKey)
}

/** Removes the key at a place. */
export function dropReviewKey(place: KeyPlace): void {
  const { folder, name } = keyFile(place)
  rmSync(join(folder, name), { force: true })
}

/** Every key of this account for the server in use, of any person. Errors: as `readReviewKey`. */
export function reviewKeysHere(settings: Settings): readonly ReviewKey[] {
  const { folder, name } = keyFile(placeOf(settings, null))
  const start = name.slice(0, -fileEnd.length)
  const isOurs = (file: string): boolean =>
    file.endsWith(fileEnd) && (file === name || file.startsWith(`${start}.`))
  const files = existsSync(folder) ? readdirSync(folder).filter(isOurs).toSorted() : []
  return files.flatMap((file) => keyIn(join(folder, file)) ?? [])
}

/** The file of a key: one per person and server, with a name that cannot lead out of the folder. */
export function keyFile({ folder, url, principal }: KeyPlace): {
  readonly folder: string
  readonly name: string
} {
  const words = [url, ...(principal === null ? [] : [principal])]
  return {
    folder: join(folder, "keys"),
    name: `${words.map((word) => word.replaceAll(/[^a-zA-Z0-9]+/g, "-")).join(".")}${fileEnd}`,
  }
}

const fileEnd = ".ed25519.pem"

function keyIn(file: string): ReviewKey | null {
  const text = readPrivate(file)
  if (text === null) return null
  try {
    return reviewKeyOf(createPrivateKey(text))
  } catch {
    // OpenSSL's message is not helpful, and might quote the file.
    throw new CliError(`${file} is not an ed25519 key.`, {
      ends: "failed",
      code: "KEY_UNREADABLE",
      fix: "counterfoil key list",
    })
  }
}

function reviewKeyOf(secret: KeyObject): ReviewKey {
  if (secret.asymmetricKeyType !== "ed25519") throw new TypeError("not an ed25519 key")
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" })
  return { keyId: hex(sha256(spki)), spki: spki.toString("base64"), secret }
}
