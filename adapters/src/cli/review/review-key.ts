// The key that signs a person's reviews: an ed25519 key in a file that only its owner may read.
// Owns: making, reading and naming it. Does not own: enrolling it (auth), nor what is signed (sign-review.ts).
// Keeps INV-06: the key stays with the person; the server gets its public half alone.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { rmSync } from "node:fs"
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

/** The key for the server in use, or null when none was made here. Errors: a file that others can read, or that is no key. */
export function readReviewKey(settings: Settings): ReviewKey | null {
  const { folder, name } = keyFile(settings)
  const text = readPrivate(join(folder, name))
  if (text === null) return null
  try {
    return reviewKeyOf(createPrivateKey(text))
  } catch {
    // OpenSSL's words help nobody here, and might quote the file.
    throw new CliError(`${join(folder, name)} is no ed25519 key.`, {
      ends: "failed",
      code: "KEY_UNREADABLE",
      fix: "counterfoil key list",
    })
  }
}

/** Makes a key for the server in use and keeps it 0600. Errors: there is one already. */
export function makeReviewKey(settings: Settings): ReviewKey {
  const { folder, name } = keyFile(settings)
  if (readReviewKey(settings) !== null)
    throw new CliError(`There is a key already in ${join(folder, name)}.`, {
      code: "KEY_EXISTS",
      ends: "conflict",
      fix: "counterfoil key list",
    })
  const { privateKey } = generateKeyPairSync("ed25519")
  writePrivate(folder, name, privateKey.export({ format: "pem", type: "pkcs8" }).toString())
  return reviewKeyOf(privateKey)
}

/** Removes the key of the server in use. */
export function dropReviewKey(settings: Settings): void {
  const { folder, name } = keyFile(settings)
  rmSync(join(folder, name), { force: true })
}

/** Where it is kept: one file a server, named so that no url can leave the folder. */
export function keyFile({ folder, url }: Settings): { readonly folder: string; readonly name: string } {
  return { folder: join(folder, "keys"), name: `${url.replaceAll(/[^a-zA-Z0-9]+/g, "-")}.ed25519.pem` }
}

function reviewKeyOf(secret: KeyObject): ReviewKey {
  if (secret.asymmetricKeyType !== "ed25519") throw new TypeError("not an ed25519 key")
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" })
  return { keyId: hex(sha256(spki)), spki: spki.toString("base64"), secret }
}
