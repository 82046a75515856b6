// The parent's hold on a control plane in a process of its own: start it, receive where it stopped, kill it, start it again.
// Owns: that process. Does not own: what it runs (crash-plane.child.ts).

import { fork, type ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Person } from "./people.ts"
import { until } from "./until.ts"

/** The people; made on the first start of a database. */
export interface CrashPeople {
  readonly agent: Person
  readonly ana: Person
}

/** Where the process keeps its data and its ledger, and how long an attempt may take. */
export interface CrashSettings {
  readonly data: string
  readonly ledger: string
  readonly deadline: string
  readonly armed: boolean
  /** One role of several on a database of their own; null is everything in one process, with the database in its folder. */
  readonly part: CrashPart | null
}

/** A process of an installation of several. */
export interface CrashPart {
  readonly role: "api" | "worker" | "relay"
  readonly env: NodeJS.ProcessEnv
  /** How far its clock is off. */
  readonly skewMs: number
}

/** A running one. */
export interface CrashPlane {
  readonly url: string
  /** Null on every start but the first. */
  readonly people: CrashPeople | null
  /** Labels of the calls that have stopped, as `K09 label`. */
  readonly stopped: () => readonly string[]
  /** Ends it as a power cut does to a process; what it started is on its own. */
  kill(): Promise<void>
  /** Stops it where it is, and lets it go on. */
  pause(): void
  resume(): void
  /** Lets the calls at K11 return; the process kills itself in the same turn. */
  go(): Promise<void>
  stop(): Promise<void>
}

const childFile = fileURLToPath(new URL("crash-plane.child.ts", import.meta.url))

type Message =
  | { readonly kind: "ready"; readonly url: string; readonly people: CrashPeople | null }
  | { readonly kind: "stopped"; readonly point: string; readonly label: string }

/** Starts one and waits until it is ready. */
export async function startCrashPlane(settings: CrashSettings): Promise<CrashPlane> {
  const { data, ledger, deadline, armed, part } = settings
  const mode = armed ? "armed" : "through"
  const child = fork(
    childFile,
    [data, ledger, deadline, mode, ...(part === null ? [] : [part.role, String(part.skewMs)])],
    {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      ...(part === null ? {} : { env: part.env }),
    },
  )
  const stopped: string[] = []
  let ready: Extract<Message, { kind: "ready" }> | null = null
  child.on("message", (message: Message) => {
    if (message.kind === "ready") ready = message
    else stopped.push(`${message.point} ${message.label}`)
  })
  const ended = endOf(child)
  const { url, people } = await until("ready control plane", 30_000, () => {
    if (child.exitCode !== null) throw new Error(`the control plane ended with ${child.exitCode}`)
    return ready
  })
  const send = (message: string): void => {
    if (child.connected) child.send(message)
  }
  return {
    url,
    people,
    stopped: () => stopped,
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    },
    pause: () => {
      child.kill("SIGSTOP")
    },
    resume: () => {
      child.kill("SIGCONT")
    },
    go: async () => {
      send("go")
      await ended
    },
    stop: async () => {
      send("stop")
      await ended
    },
  }
}

const endOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once("exit", () => {
      resolve()
    })
  })
