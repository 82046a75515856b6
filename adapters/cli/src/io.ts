// What a command can reach outside of itself: its streams, its clock, its environment, its signals.
// Only this file uses the real ones. Does not own: what is read or printed.

import { readFileSync } from "node:fs"
import type { ReadLineOptions } from "node:readline"
import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import { setTimeout as pauseFor } from "node:timers/promises"
import { isSystemError, systemFailure, systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "./cli-error.ts"

/** What a command may use. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  /** True when a person can be asked: stdin and stderr are terminals, `--no-input` is not set, and no coding agent runs the command. */
  readonly interactive: boolean
  readonly stdoutIsTerminal: boolean
  /** The width of the terminal at stdout in columns; undefined when stdout is not a terminal. */
  readonly stdoutColumns?: number | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly now: () => number
  /** Waits; ends early when interrupted. */
  readonly pause: (ms: number) => Promise<void>
  readonly out: (text: string) => void
  /** Prints a hint, progress or a question on stderr. */
  readonly say: (text: string) => void
  /** Asks a question on stderr. Call only when `interactive`. A `secret` answer is not shown while it is typed. */
  readonly ask: (question: string, secret?: boolean) => Promise<string>
  /** The bytes of a file; `-` is stdin. Errors: a file that cannot be read. */
  readonly read: (path: string) => Uint8Array
}

/** Variables that coding agents set. They influence the output format, never permissions. */
const agentVariables = ["AI_AGENT", "CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX"]

/** True when a coding agent runs the command. */
export const insideAgent = (env: NodeJS.ProcessEnv): boolean =>
  agentVariables.some((name) => (env[name] ?? "") !== "")

/** Reads the bytes of a file; `-` is stdin. Errors: a file that cannot be read. */
export function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path)
  } catch (cause) {
    const next = isSystemError(cause) ? { fix: systemFailure(cause).fix } : {}
    throw new CliError(`${path} cannot be read: ${systemReason(cause)}.`, next)
  }
}

/** The streams of the process. `noInput` is the flag `--no-input`. */
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
 * Asks on the streams of a terminal. Ctrl-C interrupts, and an input that ends without an answer is an error. The line reader echoes
 * what is typed, so a `secret` is read with a reader that has no output (INV-13).
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
  // During a question, the terminal delivers Ctrl-C as a key, not as a signal.
  lines.on("SIGINT", () => {
    interrupted.abort()
  })
  const ended = Promise.withResolvers<null>()
  lines.once("close", () => {
    ended.resolve(null)
  })
  // The end of the input closes the reader; the pending question is then rejected or stays pending, depending on the order.
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
