// One child process, without a shell: bounded in time and output, and stopped with everything it started.
// Owns: spawning, output limits, stopping the process group. Does not own: which program, nor what its output means, nor finding
// processes that left the group (end-marked.ts). The environment is the caller's, with the mark of the run.

import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { endMarked, runVariable } from "./end-marked.ts"

/** What to run. `outputBytesMax` bounds standard output and standard error together. */
interface ProcessCall {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string
  readonly outputBytesMax: number
  readonly signal: AbortSignal
  /** `group`: processes that stay in the program's group. `everything`: also those that left it; for programs of unknown behaviour. */
  readonly ends: "group" | "everything"
}

/** How a process ended. `notStarted`: no program ran. `stopped`: this process or another one ended it. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }
  | { readonly kind: "notStarted" }
  | { readonly kind: "stopped"; readonly because: "aborted" | "outputTooLarge" | "signal" }

/** Time between SIGTERM and SIGKILL, so that programs can remove their lock files. */
const graceMs = 500

/** Runs one program to its end. Never rejects. */
export function runProcess(call: ProcessCall): Promise<ProcessEnd> {
  if (call.signal.aborted) return Promise.resolve({ kind: "stopped", because: "aborted" })
  return new Promise((resolve) => {
    const mark = randomUUID()
    // A group of its own (`detached`), so that stopping it stops its children as well.
    const child = spawn(call.program, [...call.args], {
      cwd: call.cwd,
      env: { ...call.env, ...(call.ends === "everything" ? { [runVariable]: mark } : {}) },
      detached: true,
      shell: false,
      windowsHide: true,
      stdio: ["pipe", "pipe", "pipe"],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    let because: "aborted" | "outputTooLarge" | null = null
    let killer: NodeJS.Timeout | undefined
    const stop = (cause: "aborted" | "outputTooLarge"): void => {
      if (because !== null) return
      because = cause
      signalGroup(child.pid, "SIGTERM")
      killer = setTimeout(() => {
        signalGroup(child.pid, "SIGKILL")
        // A descendant that left the group may still hold the pipes: no one waits for it.
        child.stdout.destroy()
        child.stderr.destroy()
      }, graceMs)
    }
    const onAbort = (): void => stop("aborted")
    const collect =
      (into: Buffer[]) =>
      (chunk: Buffer): void => {
        bytes += chunk.length
        if (bytes > call.outputBytesMax) stop("outputTooLarge")
        else into.push(chunk)
      }
    let over = false
    const finish = (end: ProcessEnd): void => {
      // Node reports twice that a program could not be started.
      if (over) return
      over = true
      clearTimeout(killer)
      call.signal.removeEventListener("abort", onAbort)
      if (call.ends === "group") resolve(end)
      else void endMarked(mark).then(() => resolve(end))
    }
    call.signal.addEventListener("abort", onAbort)
    child.stdout.on("data", collect(out))
    child.stderr.on("data", collect(err))
    // A child that ends before it has read its input breaks the pipe; its exit code shows its result.
    child.stdin.on("error", () => {})
    child.on("error", () =>
      finish(child.pid === undefined ? { kind: "notStarted" } : { kind: "stopped", because: "signal" }),
    )
    child.on("close", (code) => {
      if (because !== null) {
        signalGroup(child.pid, "SIGKILL")
        finish({ kind: "stopped", because })
      } else if (code === null) {
        finish({ kind: "stopped", because: "signal" })
      } else {
        finish({ kind: "exited", code, stdout: Buffer.concat(out), stderr: Buffer.concat(err) })
      }
    })
    child.stdin.end(call.input ?? "")
  })
}

function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has ended already.
  }
}
