// What `counterfoil serve` and `counterfoil migrate` print and when they end.
// Owns: their lines, signals, the exit code. Does not own: starting (serve.ts).
// Keeps INV-13: the first owner's token is printed once, on standard error, and nowhere else.

import { migrate } from "@counterfoil/store"
import { roles, type Role } from "../wire/role.ts"
import { SettingsError } from "./data-folder.ts"
import { readPorts } from "./ports.ts"
import { databasePlace } from "./database-place.ts"
import { serveRole } from "./serve.ts"
import { failureLine, operatorFailure, type Places } from "./operator-failure.ts"
import { stopSignal } from "./stop-signal.ts"

/** Flags as they were typed; null where one was left out. */
export interface ServeFlags {
  readonly role: string | null
  readonly host: string | null
  readonly port: string | null
  readonly metricsHost: string | null
  readonly metricsPort: string | null
  readonly handlers: string | null
  readonly migrate: boolean
  readonly removeContracts: boolean
}

const loopback = "127.0.0.1"

/** Runs until a signal. Exit 0 after a clean drain, 1 when it could not start, 2 for bad flags. */
export async function serveCommand(flags: ServeFlags): Promise<0 | 1 | 2> {
  // Signals count from the first moment, so that a stop during the start leaves nothing running.
  const stopped = stopSignal()
  const places = {
    hosts: [flags.host ?? loopback, flags.metricsHost ?? loopback],
    database: flags.migrate ? "DATABASE_URL or DATABASE_OWNER_URL" : "DATABASE_URL",
  }
  return await forOperators(places, async () => {
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
      say("it ends in 24 hours; counterfoil login --token-file - keeps another one in its place")
    }
    await stopped
    say("stopping; what is under way is finished or given back")
    await plane.close()
  })
}

/** Brings the database up to date. Exit 0 when it is, 1 when it could not be. */
export async function migrateCommand(): Promise<0 | 1 | 2> {
  return await forOperators({ hosts: [], database: "DATABASE_OWNER_URL" }, async () => {
    const ran = await migrate(databasePlace(process.env).ownerUrl)
    say(ran.length === 0 ? "the database is up to date" : `migrated: ${ran.join(", ")}`)
  })
}

function readRole(text: string | null): Role {
  const role = roles.find((one) => one === (text ?? "all"))
  if (role === undefined) throw new SettingsError(`--role is one of ${roles.join(", ")}.`)
  return role
}

async function forOperators(places: Places, run: () => Promise<void>): Promise<0 | 1 | 2> {
  try {
    await run()
    return 0
  } catch (error) {
    const failure = operatorFailure(error, places)
    if (failure === null) throw error
    say(failureLine(failure))
    return error instanceof SettingsError && error.message.startsWith("--") ? 2 : 1
  }
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
