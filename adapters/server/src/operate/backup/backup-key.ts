// The key that signs backups, in a file that only its owner can read, and its public half in a file beside it.
// Owns: making and reading both. Does not own: what is signed (store). Keep the public half apart from the backups.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { BackupError } from "@counterfoil/store"

/** The private key in a file; made on first use, with `<file>.pub` beside it. Throws `BackupError`. */
export function signingKey(file: string): KeyObject {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  if (mode === undefined) return madeKey(file)
  if (process.platform !== "win32" && (mode & 0o077) !== 0)
    throw new BackupError(`Others can read ${file}, so it is not used: chmod 600 ${file}`)
  return ed25519(file, () => createPrivateKey(readFileSync(file)))
}

/** The public key in a file, as `signingKey` wrote it. Throws `BackupError`. */
export function trustedKey(file: string): KeyObject {
  const pem = readFileSync(file)
  // A private key could verify as well, but it must not be stored where restores are made.
  if (pem.includes("PRIVATE KEY")) throw new BackupError(`${file} is a private key: give its public half.`)
  return ed25519(file, () => createPublicKey(pem))
}

function madeKey(file: string): KeyObject {
  const publicFile = `${file}.pub`
  // The public half still verifies the backups that the lost private half signed.
  if (existsSync(publicFile))
    throw new BackupError(
      `${publicFile} exists, and ${file} does not: give the private half, or another name.`,
    )
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  // "wx": never overwrite a key that another process has made meanwhile.
  writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600, flag: "wx" })
  writeFileSync(publicFile, publicKey.export({ format: "pem", type: "spki" }), { flag: "wx" })
  return privateKey
}

function ed25519(file: string, read: () => KeyObject): KeyObject {
  const key = keyOf(read)
  if (key?.asymmetricKeyType !== "ed25519") throw new BackupError(`${file} is not an ed25519 key.`)
  return key
}

function keyOf(read: () => KeyObject): KeyObject | null {
  try {
    return read()
  } catch {
    return null
  }
}
