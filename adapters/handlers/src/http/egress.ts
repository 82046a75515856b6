// Where a request may go: to a configured origin, at an address that is not inside a private network.
// Owns: checking addresses and origins. Does not own: resolving names, nor connecting (exchange.ts).
// The check is on the parsed URL and on every resolved address, never on the text in a plan.

import ipaddr from "ipaddr.js"
import type { HttpConfig, HttpHost } from "../handler-config.ts"

/** The ranges of public internet addresses: all of IPv4, and the part of IPv6 that is allocated (RFC 4291 §2.4). */
const publicNetworks = { ipv4: "0.0.0.0/0", ipv6: "2000::/3" } as const

/**
 * The networks among them that are not on the public internet (IANA's special-purpose registries of IPv4 and IPv6), and those
 * that embed IPv4 addresses.
 */
const refusedNetworks = (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
  "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 " +
  "2001::/23 2001:db8::/32 2002::/16 3fff::/20"
)
  .split(" ")
  .map((network) => ipaddr.parseCIDR(network))

/** The configured host that a URL belongs to; `undefined` when there is none or the URL carries credentials. */
export function hostOf(config: HttpConfig, url: URL): HttpHost | undefined {
  if (url.username !== "" || url.password !== "") return undefined
  return config.hosts.find((host) => host.origin === url.origin)
}

/** True when a host of this kind may have this address. Unreadable addresses may not. */
export function mayConnect(network: HttpHost["network"], address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  switch (network) {
    case "loopback":
      // `process` reads an IPv4 address that is mapped into IPv6 as the IPv4 address.
      return ipaddr.process(address).range() === "loopback"
    case "public": {
      const parsed = ipaddr.parse(address)
      const lies = (block: ReturnType<typeof ipaddr.parseCIDR>): boolean =>
        block[0].kind() === parsed.kind() && parsed.match(block)
      return lies(ipaddr.parseCIDR(publicNetworks[parsed.kind()])) && !refusedNetworks.some(lies)
    }
  }
}
