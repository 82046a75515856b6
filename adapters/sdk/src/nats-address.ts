// Reads an address such as `nats://user:password@host:4222`, with server and user, into the options of the NATS client.
// Owns: that form, for every connection of the product. Does not own: connecting (open-nats-link.ts).
// Keeps INV-13: the password goes only to the client's options, never into a log line or an error.

import type { ConnectionOptions } from "@nats-io/transport-node"
import { err, ok, type Result } from "@counterfoil/contracts"
import { inboxPrefixOf } from "@counterfoil/contracts/nats"

/** The parts of an address. `servers` are `host:port`, without a secret, and can be logged. */
export type NatsAddress = Pick<ConnectionOptions, "user" | "pass" | "tls" | "inboxPrefix"> & {
  readonly servers: string[]
}

const form = /^(nats|tls):$/
/** A name that can be one token of an inbox. */
const userForm = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Reads one address, or several of one cluster with commas between them; all name the same user. `tls://` asks for TLS.
 * The inbox is below the user's name, which is where its permissions let it listen. Errors: a sentence without the address.
 */
export function natsAddress(text: string): Result<NatsAddress, string> {
  const urls = text.split(",").map((part) => URL.parse(part.trim()))
  const servers = urls.flatMap((url) =>
    url !== null && form.test(url.protocol) && url.hostname !== "" && /^\/?$/.test(url.pathname)
      ? [{ url, place: `${url.hostname}:${url.port === "" ? "4222" : url.port}` }]
      : [],
  )
  const [first] = servers
  if (first === undefined || servers.length !== urls.length)
    return err("A NATS address looks like nats://user:password@host:4222 or tls://host.")
  const { username, password, protocol } = first.url
  const same = servers.every(
    ({ url }) => url.username === username && url.password === password && url.protocol === protocol,
  )
  if (!same) return err("All NATS addresses name the same user, password and scheme.")
  if (username !== "" && !userForm.test(username))
    return err("The user of a NATS address has letters, digits, - and _ alone.")
  const pass = decoded(password)
  if (pass === null) return err("The password of a NATS address is percent-encoded.")
  return ok({
    servers: servers.map(({ place }) => place),
    inboxPrefix: inboxPrefixOf(username === "" ? null : username),
    ...(username === "" ? {} : { user: username, pass }),
    ...(protocol === "tls:" ? { tls: {} } : {}),
  })
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null // a % that does not start an escaped byte: the error above names it
  }
}
