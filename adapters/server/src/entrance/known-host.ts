// The host names that a listener accepts. A page of another site whose name was made to resolve to this machine (DNS rebinding) sends
// the name of that site.
// Owns: which names these are. Does not own: the refusal of other names (http/host-guard.ts, http/metrics-listener.ts).

import { isIP } from "node:net"

/**
 * Names that no public DNS zone can point to this machine: its own, and those of private networks. Source: RFC 6761 §6.3
 * (localhost); `internal`, reserved for private use by ICANN in 2024; `cluster.local` and `svc`, the services of Kubernetes.
 */
const ownNames = /(?:^|\.)(?:localhost|internal|cluster\.local|svc)$/

/** The name in a `Host` header without its port, in lower case; null when it names no host. */
export function hostnameOf(host: string): string | null {
  const url = /^[^\s/?#@\\]+$/.test(host) ? URL.parse(`http://${host}/`) : null
  return url === null ? null : url.hostname.replace(/\.$/, "")
}

/**
 * True for a name that this process accepts: an address, a name without a dot, a name of a private network, or one that the
 * operator configured. A browser sends the name of the page's own site, which the author of the page chose; it is not one of these.
 */
export function isKnownHost(host: string, named: readonly string[]): boolean {
  const hostname = hostnameOf(host)
  if (hostname === null || hostname === "") return false
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0
  return isAddress || !hostname.includes(".") || ownNames.test(hostname) || named.includes(hostname)
}
