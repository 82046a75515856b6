// The outside of a command: its streams, its clock, its environment, its signals.
// Owns: the one place where they are real. Does not own: what is read or printed.

import { readFileSync } from "node:fs"
import { createInterface } from "node:readline/promises"
import { setTimeout as pauseFor } from "node:timers/promises"
import { isSystemError, systemFailure, systemReason } from "../system-error.ts"
import { CliError } from "./cli-error.ts"

/** What a command may touch. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  /** True when there is somebody to ask: a terminal on both ends, nobody said no, and no coding agent in between. */
  readonly interactive: boolean
  readonly stdoutIsTerminal: boolean
  /** Columns of the terminal at stdout; undefined where there is none. */
  readonly stdoutColumns?: number | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly now: () => number
  /** Waits; ends early when interrupted. */
  readonly pause: (ms: number) => Promise<void>
  readonly out: (text: string) => void
  /** The conversation: hints, progress, questions. */
  readonly say: (text: string) => void
  /** Asks a question on stderr. Call only when `interactive`. */
  readonly ask: (question: string) => Promise<string>
  /** A file's bytes; `-` is stdin. Errors: one that cannot be read. */
  readonly read: (path: string) => Uint8Array
}

/** Variables by which coding agents say that they are there; format follows from them, permission never does. */
const agentVariables = ["AI_AGENT", "CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX"]

/** True when a coding agent runs the command. */
export const insideAgent = (env: NodeJS.ProcessEnv): boolean =>
  agentVariables.some((name) => (env[name] ?? "") !== "")

/** The bytes of a file; `-` is stdin. Errors: one that cannot be read. */
export function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path)
  } catch (cause) {
    throw new CliError(`${path} cannot be read: ${systemReason(cause)}.`, {
      fix: isSystemError(cause) ? systemFailure(cause).fix : "counterfoil --help",
    })
  }
}

/** The process's own streams. `noInput` is what the flag said. */
export function processIo(noInput: boolean): Io {
  const { env, stdin, stdout, stderr } = process
  const interrupted = new AbortController()
  process.once("SIGINT", () => {
    interrupted.abort()
  })
  return {
    env,
    signal: interrupted.signal,
    stdoutIsTerminal: stdout.isTTY,
    stdoutColumns: stdout.columns,
    interactive: stdin.isTTY && stderr.isTTY && !noInput && !insideAgent(env),
    now: () => Date.now(),
    pause: async (ms) => {
      await pauseFor(ms, undefined, { signal: interrupted.signal })
    },
    out: (text) => {
      stdout.write(text)
    },
    say: (text) => {
      stderr.write(`${text}\n`)
    },
    ask: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr })
      const { promise: ended, reject } = Promise.withResolvers<never>()
      // A closed input would leave the question open for good.
      lines.once("close", () => {
        reject(
          new CliError("The input ended before the answer.", {
            ends: "interrupted",
            fix: "counterfoil --help",
          }),
        )
      })
      try {
        return await Promise.race([lines.question(question, { signal: interrupted.signal }), ended])
      } finally {
        lines.close()
      }
    },
    read: readInput,
  }
}
