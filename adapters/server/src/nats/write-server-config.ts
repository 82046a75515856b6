// Writes two files for an operator: the server's configuration, and the addresses with their passwords, which only the owner can read.
// Owns: making and hashing the passwords, and writing. Does not own: the configuration's text, nor the table of roles.
// Keeps INV-13: only the second file contains a password; the first has its hash.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { hashSync } from "bcryptjs"
import type { Random } from "@counterfoil/contracts/ports"
import type { NatsLogin } from "./nats-roles.ts"
import { serverConfig, type ServerPlace } from "./server-config.ts"

/** The names of the two files in their folder. */
export const serverFile = "nats-server.conf"
export const addressesFile = "nats-addresses.txt"

// 192 random bits cannot be guessed even if the hash is fast; each connection computes the hash once.
const passwordBytes = 24
const bcryptCost = 8
const ownerOnly = 0o600

/** Writes both. Throws the file system's error, also when a file exists: passwords in use must not be replaced by accident. */
export function writeServerConfig(
  folder: string,
  place: ServerPlace,
  users: readonly NatsLogin[],
  random: Random,
): void {
  const passwords = new Map(
    users.map(({ name }) => [name, Buffer.from(random.bytes(passwordBytes)).toString("base64url")]),
  )
  const config = serverConfig(place, users, (user) => bcryptHash(passwords.get(user) ?? ""))
  const address = (user: string, password: string): string =>
    `${user} nats://${user}:${password}@${place.host}:${place.port}\n`
  mkdirSync(folder, { recursive: true })
  write(
    join(folder, addressesFile),
    [...passwords].map(([user, password]) => address(user, password)).join(""),
  )
  write(join(folder, serverFile), config)
}

const write = (path: string, text: string): void => {
  writeFileSync(path, text, { mode: ownerOnly, flag: "wx" })
}

/** nats-server 2.9 accepts only the prefix `$2a$`; for passwords below 72 bytes it means the same as `$2b$`. */
const bcryptHash = (password: string): string => hashSync(password, bcryptCost).replace(/^\$2b\$/, "$2a$")
