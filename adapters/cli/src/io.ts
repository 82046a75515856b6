// The outside of a command: its streams, its clock, its environment, its signals.
// Owns: the one place where they are real. Does not own: what is read or printed.

import { readFileSync } from "node:fs"
import type { ReadLineOptions } from "node:readline"
import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import { setTimeout as pauseFor } from "node:timers/promises"
import { isSystemError, systemFailure, systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "./cli-error.ts"

/** What a command may touch. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  /** True when there is somebody to ask: a terminal on both ends, nobody said no, and no coding agent in between. */
  readonly interactive: boolean
  readonly stdoutIsTerminal: boolean
  /** The width of the terminal at stdout in columns; undefined when stdout is no terminal. */
  readonly stdoutColumns?: number | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly now: () => number
  /** Waits; ends early when interrupted. */
  readonly pause: (ms: number) => Promise<void>
  readonly out: (text: string) => void
  /** The conversation: hints, progress, questions. */
  readonly say: (text: string) => void
  /** Asks a question on stderr. Call only when `interactive`. The answer to one that is `secret` is not shown as it is typed. */
  readonly ask: (question: string, secret?: boolean) => Promise<string>
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
    const next = isSystemError(cause) ? { fix: systemFailure(cause).fix } : {}
    throw new CliError(`${path} cannot be read: ${systemReason(cause)}.`, next)
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
    ask: (question, secret = false) => askOn({ input: stdin, output: stderr }, question, interrupted, secret),
    read: readInput,
  }
}

/**
 * Asks on a terminal's streams. Ctrl-C interrupts, and an input that ends without an answer is an error. What is typed is shown by
 * the reader of lines, so a `secret` is read by one that writes nowhere (INV-13).
 */
export async function askOn(
  streams: Pick<ReadLineOptions, "input" | "terminal"> & { readonly output: NodeJS.WritableStream },
  question: string,
  interrupted: AbortController,
  secret = false,
): Promise<string> {
  if (secret) streams.output.write(question)
  const lines = createInterface(
    secret ? { input: streams.input, output: nowhere(), terminal: true } : streams,
  )
  // While a question waits, a terminal gives Ctrl-C as a key, and not as a signal.
  lines.on("SIGINT", () => {
    interrupted.abort()
  })
  const ended = Promise.withResolvers<null>()
  lines.once("close", () => {
    ended.resolve(null)
  })
  // An end of the input closes the reader, and rejects what waits for it or leaves it waiting, as it came.
  const answer = lines
    .question(secret ? "" : question, { signal: interrupted.signal })
    .catch((error: unknown) => {
      if (interrupted.signal.aborted) throw error
      return null
    })
  try {
    const answered = await Promise.race([answer, ended.promise])
    interrupted.signal.throwIfAborted()
    if (answered !== null) return answered
    throw new CliError("The input ended before the answer.", {
      ends: "interrupted",
    })
  } finally {
    lines.close()
    if (secret) streams.output.write("\n")
  }
}

const nowhere = (): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
