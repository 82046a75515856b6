// Where a request may go: to a configured origin, and to an address behind it that is nobody's inside.
// Owns: judging addresses and origins. Does not own: resolving names, nor connecting (exchange.ts).
// The judgement is on the parsed URL and on every resolved address, never on the text that a plan brought.

import ipaddr from "ipaddr.js"
import type { HttpConfig, HttpHost } from "../handler-config.ts"

/** Networks that the library takes for ordinary and that are not: IETF protocol assignments (RFC 2928, RFC 6890). */
const moreRefused = [ipaddr.parseCIDR("2001::/23")]

/** The configured host that a URL belongs to; `undefined` when there is none or the URL carries credentials. */
export function hostOf(config: HttpConfig, url: URL): HttpHost | undefined {
  if (url.username !== "" || url.password !== "") return undefined
  return config.hosts.find((host) => host.origin === url.origin)
}

/** True when a host of this kind may have this address. Unreadable addresses may not. */
export function mayConnect(network: HttpHost["network"], address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  // `process` reads an IPv4 address that is mapped into IPv6 as what it stands for.
  const parsed = ipaddr.process(address)
  switch (network) {
    case "loopback":
      return parsed.range() === "loopback"
    case "public":
      return (
        parsed.range() === "unicast" &&
        !moreRefused.some((block) => parsed.kind() === block[0].kind() && parsed.match(block))
      )
  }
}
