// Runs a configured program: fixed arguments with checked values in them, nothing inherited, bounded.
// Owns: running only what was approved, and what an end means for a step. Does not own: the arguments (command-line.ts), the files
// that the program acts on (command-state.ts), nor the process (run-process.ts). Keeps INV-02: files that differ from those in
// the input are refused right before the start. Between that check and the program's own reading are a few milliseconds.
// A program that failed may have done anything: the outcome is unknown, unless its exit code says that it refused.

import { canonical } from "@counterfoil/contracts"
import { builtIn } from "../built-in.ts"
import { notSent, rejected, succeeded, unknown } from "@counterfoil/contracts/ports"
import type { ProcessConfig } from "../handler-config.ts"
import { runProcess } from "../run-process.ts"
import { commandLineOf, type CommandLine } from "./command-line.ts"
import { readCommandState } from "./command-state.ts"
import { processCommandRead, processCommandRun, streamBytesMax } from "./process-contracts.ts"

/** Most bytes that a program may print before it is stopped. */
const outputBytesMax = 16 * 1024 * 1024

/** Configured programs, and the folders that agents can write through this installation. */
export interface Programs {
  readonly config: ProcessConfig
  readonly writable: readonly string[]
}

/** The handler of `process.command.read`. */
export const commandReadHandler = ({ config, writable }: Programs) =>
  builtIn(
    processCommandRead,
    ["COMMAND_UNKNOWN", "ARGUMENT_REFUSED", "STATE_TOO_LARGE", "STATE_UNREADABLE"],
    async (input, { signal }) => {
      const found = commandLineOf(config, input.command, input.arguments)
      if (found.kind !== "line") return found
      const read = await readCommandState(found.line, writable, signal)
      return read.kind === "read" ? succeeded(read.state) : read
    },
  )

/** The handler of `process.command.run`. */
export const commandRunHandler = ({ config, writable }: Programs) =>
  builtIn(
    processCommandRun,
    [
      "COMMAND_UNKNOWN",
      "ARGUMENT_REFUSED",
      "STATE_MISSING",
      "STATE_CHANGED",
      "STATE_TOO_LARGE",
      "STATE_UNREADABLE",
      "COMMAND_REFUSED",
      "notSent",
      "unknown",
    ],
    async (input, call) => {
      const found = commandLineOf(config, input.command, input.arguments)
      if (found.kind !== "line") return found
      if (input.state === undefined)
        return rejected(
          "STATE_MISSING",
          "The input does not contain the state of the files that the program acts on.",
        )
      const now = await readCommandState(found.line, writable, call.signal)
      if (now.kind !== "read") return now
      if (canonical(now.state) !== canonical(input.state))
        return rejected(
          "STATE_CHANGED",
          "A file that the program acts on changed since it was read: submit again.",
        )
      return run(found.line, call.signal)
    },
  )

async function run(line: CommandLine, signal: AbortSignal) {
  const { program, args, cwd, refusals } = line
  const end = await runProcess({ program, args, cwd, env: {}, outputBytesMax, ends: "everything", signal })
  switch (end.kind) {
    case "notStarted":
      return notSent("the program could not be started")
    case "stopped":
      return unknown(`the program was stopped: ${end.because}`)
    case "exited": {
      if (refusals.includes(end.code))
        return rejected("COMMAND_REFUSED", "The program reported that it did nothing.")
      if (end.code !== 0) return unknown(`the program ended with exit code ${end.code}`)
      const cut = Math.max(end.stdout.length, end.stderr.length) > streamBytesMax
      return succeeded({ exitCode: 0 as const, stdout: head(end.stdout), stderr: head(end.stderr), cut })
    }
  }
}

function head(stream: Buffer): string {
  return stream
    .subarray(0, streamBytesMax)
    .toString("utf8")
    .slice(0, streamBytesMax)
    .replaceAll("\0", "\uFFFD")
}
