// Why a process could not start, in a sentence for whoever started it.
// Owns: telling what the machine, the network and the login refused. Does not own: what is refused by our own checks
// (SettingsError, StoreRefused), which say it themselves. Keeps INV-13: an address of a database is named by its variable.

/** What the process was to use; host names that it should have listened on are told from those it connects to. */
export interface StartPlaces {
  readonly hosts: readonly string[]
  /** The variable whose address was connected to. */
  readonly database: string
}

const unreachable = /^(ECONN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN|EPIPE)/

/** The sentence, for an address that cannot be taken or a database that cannot be used; null for anything else. */
export function startFailure(error: unknown, { hosts, database }: StartPlaces): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, hostname } = cause as Error & { readonly code?: unknown; readonly hostname?: unknown }
    const told = typeof code === "string" ? code : ""
    if (told === "EADDRINUSE")
      return "A port is taken on this machine: choose others with --port and --metrics-port."
    if (told === "EADDRNOTAVAIL" || (typeof hostname === "string" && hosts.includes(hostname)))
      return `An address of --host or --metrics-host is none of this machine (${told}).`
    if (told === "EACCES") return "This account may not listen on that port: choose one from 1024 on."
    if (unreachable.test(told) || cause.message === "Connection terminated unexpectedly")
      return `The database of ${database} cannot be reached${told === "" ? "" : ` (${told})`}.`
    if (told === "28P01" || told === "28000" || told === "3D000")
      return `The database of ${database} refuses this login or has no such database (${told}).`
    if (told === "42501")
      return `The login of ${database} lacks a right (${told}); README.md says which logins there are.`
  }
  return null
}
