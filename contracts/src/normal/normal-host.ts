// The one spelling of a host: lower case, ASCII, without the dot of the root, addresses in their shortest form.
// Owns: names and addresses. Does not own: ports (normal-url.ts), nor which networks may be reached (handlers).

import { err, ok, type Result } from "../result.ts"

/** Longest name and longest label of a name (RFC 1035 §2.3.4). */
const nameCharsMax = 253
const labelCharsMax = 63

/** A host by itself: a name, an IPv4 address, or an IPv6 address with or without brackets; the spelling has none. */
export function normalHost(text: string): Result<string, string> {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  const written = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(bare) ? `[${bare}]` : text
  if (/[^\p{L}\p{M}\p{N}._\-:[\]]/u.test(written)) return err("A host has a character that no host has.")
  if (/[:[\]]/.test(written) && !written.startsWith("[")) return err("A host has no port and no brackets.")
  const parsed = URL.parse(`http://${written}/`)
  return parsed === null ? err("It is not a host.") : hostOf(parsed)
}

/** The host of a parsed address. The parser has lowered its case and read addresses in any base. */
export function hostOf({ hostname }: URL): Result<string, string> {
  if (hostname.startsWith("[")) return ok(unmapped(hostname.slice(1, -1)))
  const name = hostname.endsWith(".") ? hostname.slice(0, -1) : hostname
  const labels = name.split(".")
  if (name.length > nameCharsMax || labels.some(({ length }) => length === 0 || length > labelCharsMax))
    return err("A part of the host is empty or too long.")
  return ok(name)
}

// An IPv4 address inside IPv6 reaches the same host over the same network.
function unmapped(address: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".")
}
