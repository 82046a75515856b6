// The ports that a process listens on, from the flags.
// Owns: their defaults and limits. Does not own: listening.

import { SettingsError } from "../settings/data-folder.ts"

/** The default port for calls. */
const portDefault = 7420
const portMax = 65_535

/** Both ports of a process. */
interface Ports {
  readonly port: number
  readonly metricsPort: number
}

/** Reads both. The default of the second is the port after the first, or the one before it at the last port. 0 takes free ones. Throws `SettingsError`. */
export function readPorts(port: string | null, metricsPort: string | null): Ports {
  const first = port === null ? portDefault : readPort("--port", port)
  if (metricsPort !== null) return { port: first, metricsPort: readPort("--metrics-port", metricsPort) }
  return { port: first, metricsPort: first === 0 ? 0 : first === portMax ? portMax - 1 : first + 1 }
}

function readPort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port < 0 || port > portMax) throw new SettingsError(`${flag} is a number from 0 to ${portMax}.`)
  return port
}
