// The parent's hold on the processes of an installation: start one in a role, kill it, freeze it, drain it.
// Owns: the processes. Does not own: what runs in them (process.child.ts), the database.

import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Person } from "../support/people.ts"
import { until } from "../support/until.ts"
import type { WorkersDatabase } from "./database.ts"
import type { WorkVersion } from "./work.ts"

/** The principals; sent by the process that made the first owner. */
export interface WorkPeople {
  readonly agents: readonly Person[]
  readonly approvers: readonly Person[]
}

/** What a process is started with. `tenant` is the one that it prepares; every process works for all. */
export interface ProcessWanted {
  readonly role: "all" | "api" | "worker" | "relay"
  readonly version?: WorkVersion
  readonly tenant?: string
  readonly leases?: "short" | "long"
}

/** A running one. */
export interface RunningProcess {
  readonly url: string
  readonly pid: number
  readonly people: WorkPeople | null
  kill(): Promise<void>
  /** Stops it where it is, as a machine that is suspended; `thaw` lets it go on. */
  freeze(): void
  thaw(): void
  /** Ends it as an operator does. */
  drain(): Promise<void>
}

/** Starts processes on one database and one outside; `close` kills what is left. */
export interface Processes {
  start(wanted: ProcessWanted): Promise<RunningProcess>
  close(): Promise<void>
}

interface Ready {
  readonly url: string
  readonly people: WorkPeople | null
}

const childFile = fileURLToPath(new URL("process.child.ts", import.meta.url))

/** None yet. */
export function openProcesses(database: WorkersDatabase, outsideUrl: string): Processes {
  const running = new Set<ChildProcess>()
  return {
    start: async ({ role, version = "both", tenant = "local", leases = "short" }) => {
      const child = fork(childFile, [role, outsideUrl, version, leases], {
        execArgv: [],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        env: {
          ...database.env,
          COUNTERFOIL_ENVIRONMENT: "development",
          COUNTERFOIL_TENANT: tenant,
          COUNTERFOIL_OPEN_REQUESTS_MAX: "1000000",
        },
      })
      running.add(child)
      let ready: Ready | null = null
      child.once("message", (message: Ready) => {
        ready = message
      })
      const { url, people } = await until(`ready ${role}`, 60_000, (): Ready | null => {
        if (child.exitCode !== null) throw new Error(`the ${role} ended with ${child.exitCode}`)
        return ready
      })
      const end = async (): Promise<void> => {
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
        running.delete(child)
      }
      return {
        url,
        pid: child.pid ?? 0,
        people,
        kill: () => {
          child.kill("SIGKILL")
          return end()
        },
        freeze: () => child.kill("SIGSTOP"),
        thaw: () => child.kill("SIGCONT"),
        drain: () => {
          if (child.connected) child.send("stop")
          return end()
        },
      }
    },
    close: async () => {
      for (const child of running) {
        child.kill("SIGKILL")
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
      }
    },
  }
}
