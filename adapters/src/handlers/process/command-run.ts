// Runs a configured program: fixed arguments with checked values in them, nothing inherited, bounded.
// Owns: building the arguments and what an end means for a step. Does not own: the process (run-process.ts).
// A program that did not end well may have done anything: that is unknown, unless its exit code says that it refused.

import { implement, notSent, rejected, succeeded, unknown } from "../implement.ts"
import { patternAnswer } from "@counterfoil/contracts/shape"
import { wholeValue, type ProcessConfig } from "../handler-config.ts"
import { runProcess } from "../run-process.ts"
import { processCommandRun, streamBytesMax } from "./process-contracts.ts"

/** Most bytes that a program may print before it is stopped. */
const outputBytesMax = 16 * 1024 * 1024

type Command = ProcessConfig["commands"][string]

/** The handler of `process.command.run`. Codes: COMMAND_UNKNOWN, ARGUMENT_REFUSED, COMMAND_REFUSED. */
export const commandRunHandler = (config: ProcessConfig) =>
  implement(processCommandRun, async (input, call) => {
    const command = Object.hasOwn(config.commands, input.command) ? config.commands[input.command] : undefined
    if (command === undefined) return rejected("COMMAND_UNKNOWN", "No program of this name is configured.")
    const args = argumentsOf(command, input.arguments)
    if (args === null) return rejected("ARGUMENT_REFUSED", "The arguments do not have the configured form.")
    const end = await runProcess({
      program: command.program,
      args,
      cwd: command.cwd,
      env: {},
      outputBytesMax,
      signal: call.signal,
    })
    switch (end.kind) {
      case "notStarted":
        return notSent("the program could not be started")
      case "stopped":
        return unknown(`the program was stopped: ${end.because}`)
      case "exited": {
        if (command.refusals.includes(end.code))
          return rejected("COMMAND_REFUSED", "The program says that it did nothing.")
        if (end.code !== 0) return unknown(`the program ended with exit code ${end.code}`)
        const cut = Math.max(end.stdout.length, end.stderr.length) > streamBytesMax
        return succeeded({ exitCode: 0 as const, stdout: head(end.stdout), stderr: head(end.stderr), cut })
      }
    }
  })

/** The arguments with their values; `null` when a value is missing, unknown or of another form, or would make an option. */
function argumentsOf(command: Command, values: Readonly<Record<string, string>>): readonly string[] | null {
  const names = Object.keys(command.parameters)
  if (Object.keys(values).length !== names.length) return null
  for (const [name, pattern] of Object.entries(command.parameters)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined || patternAnswer(wholeValue(pattern), value) !== "matches") return null
  }
  const args = command.args.map((arg) =>
    arg.replace(placeholder, (whole, name: string) => values[name] ?? whole),
  )
  return args.some((arg, index) => makesOption(command.args[index] ?? "", arg)) ? null : args
}

const placeholder = /\{([a-z][A-Za-z0-9]*)\}/g

// Judged on the finished argument: the value that begins it need not be the first one, which may be empty.
function makesOption(configured: string, arg: string): boolean {
  const dashes = (text: string): number => /^-{0,2}/.exec(text)?.[0].length ?? 0
  return dashes(arg) > dashes(configured)
}

function head(stream: Buffer): string {
  return stream
    .subarray(0, streamBytesMax)
    .toString("utf8")
    .slice(0, streamBytesMax)
    .replaceAll("\0", "\uFFFD")
}
