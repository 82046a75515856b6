// Runs `counterfoil serve` and `counterfoil migrate`.
// Owns: their output and signals. Does not own: starting (serve.ts), nor the exit code of an error (run-cli.ts).
// Keeps INV-13: the first owner's token is printed once, on standard error, and nowhere else.

import { migrate } from "@counterfoil/store"
import { roles, type Role, readPorts, serveRole, stopSignal } from "@counterfoil/server/process"
import { SettingsError, databasePlace } from "@counterfoil/server/settings"

/** Flags as they were typed; null for one that was not given. */
interface ServeFlags {
  readonly role: string | null
  readonly host: string | null
  readonly port: string | null
  readonly metricsHost: string | null
  readonly metricsPort: string | null
  readonly handlers: string | null
  readonly migrate: boolean
  readonly removeContracts: boolean
}

/** The default address to listen on: loopback. */
export const loopback = "127.0.0.1"

/** Runs until a signal, and returns after a clean drain. Throws when it could not start. */
export async function serveCommand(flags: ServeFlags): Promise<void> {
  // Handle signals from the beginning, so that a stop during the start leaves nothing running.
  const stopped = stopSignal()
  const role = readRole(flags.role)
  const { plane, ownerToken } = await serveRole(
    {
      role,
      ...readPorts(flags.port, flags.metricsPort),
      host: flags.host ?? loopback,
      metricsHost: flags.metricsHost ?? loopback,
      handlers: flags.handlers,
      migrate: flags.migrate,
      keepsContracts: !flags.removeContracts,
      logLevel: "info",
    },
    process.env,
  )
  say(`ready  ${role}  ${plane.url}`)
  if (ownerToken !== null) {
    say(`owner token, shown once: ${ownerToken}`)
    say("it ends in 24 hours; counterfoil login --token-file - stores another one in its place")
  }
  await stopped
  say("stopping; work under way is finished or released")
  await plane.close()
}

/** Migrates the database to this release. Throws when it cannot. */
export async function migrateCommand(): Promise<void> {
  const ran = await migrate(databasePlace(process.env).ownerUrl)
  say(ran.length === 0 ? "the database is up to date" : `migrated: ${ran.join(", ")}`)
}

function readRole(text: string | null): Role {
  const role = roles.find((one) => one === (text ?? "all"))
  if (role === undefined) throw new SettingsError(`--role is one of ${roles.join(", ")}.`)
  return role
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
