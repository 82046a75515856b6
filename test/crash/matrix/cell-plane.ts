// The parent's hold on a control plane that is to be killed at its points.
// Owns: that process and what it has reported. Does not own: what it runs (cell-plane.child.ts).

import { fork, type ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { CrashPeople } from "../../support/crash-plane.ts"
import { until } from "../../support/until.ts"
import type { Life } from "./cells.ts"

/** Its data folder, and its environment. */
export interface CellPlaneSettings {
  readonly data: string
  readonly ledger: string
  readonly deadlineSeconds: number
  /** The processes that one life consists of, in the order of their start; the first one is asked. */
  readonly roles: readonly ("all" | "api" | "worker")[]
  readonly env: NodeJS.ProcessEnv
}

/** A running one. */
export interface CellPlane {
  readonly url: string
  /** Null on every start but the first of a database. */
  readonly people: CrashPeople | null
  /** Cells whose execution is at its point. */
  readonly reached: ReadonlySet<string>
  /** Cells whose append waits to be written without a commit. */
  readonly gathered: ReadonlySet<string>
  /** Lets the gathered appends be written, and none of their transactions be committed. */
  write(): void
  /** SIGKILL; answers when the process is gone. */
  kill(): Promise<void>
  stop(): Promise<void>
}

type Message =
  | { readonly kind: "ready"; readonly url: string; readonly people: CrashPeople | null }
  | { readonly kind: "reached" | "gathered"; readonly cell?: string }

const childFile = fileURLToPath(new URL("cell-plane.child.ts", import.meta.url))

/** Starts one in one of its lives. */
export async function startCellPlane(settings: CellPlaneSettings, life: Life): Promise<CellPlane> {
  const told = { reached: new Set<string>(), gathered: new Set<string>() }
  const started: Process[] = []
  for (const role of settings.roles) started.push(await startProcess(settings, life, role, told))
  const [first] = started
  if (first === undefined) throw new Error("a life needs a process")
  return {
    url: first.url,
    people: first.people,
    ...told,
    write: () => {
      for (const { child } of started) child.send("write")
    },
    kill: async () => {
      for (const { child } of started) child.kill("SIGKILL")
      await Promise.all(started.map(({ ended }) => ended))
    },
    stop: async () => {
      for (const { child } of started) if (child.connected) child.send("stop")
      await Promise.all(started.map(({ ended }) => ended))
    },
  }
}

interface Process {
  readonly child: ChildProcess
  readonly ended: Promise<void>
  readonly url: string
  readonly people: CrashPeople | null
}

async function startProcess(
  { data, ledger, deadlineSeconds, env }: CellPlaneSettings,
  life: Life,
  role: CellPlaneSettings["roles"][number],
  told: { readonly reached: Set<string>; readonly gathered: Set<string> },
): Promise<Process> {
  const child = fork(childFile, [data, ledger, String(deadlineSeconds), String(life), role], {
    execArgv: [],
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  let ready: Extract<Message, { kind: "ready" }> | null = null
  child.on("message", (message: Message) => {
    if (message.kind === "ready") ready = message
    else if (message.cell !== undefined) told[message.kind].add(message.cell)
  })
  const ended = endOf(child)
  const { url, people } = await until("ready control plane", 60_000, () => {
    if (child.exitCode !== null) throw new Error(`the control plane ended with ${child.exitCode}`)
    return ready
  })
  return { child, ended, url, people }
}

const endOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once("exit", () => {
      resolve()
    })
  })
