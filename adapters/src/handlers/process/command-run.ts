// Runs a configured program: fixed arguments with checked values in them, nothing inherited, bounded.
// Owns: building the arguments and what an end means for a step. Does not own: the process (run-process.ts).
// A program that did not end well may have done anything: that is unknown, unless its exit code says that it refused.

import { implement, notSent, rejected, succeeded, unknown } from "../implement.ts"
import type { ProcessConfig } from "../handler-config.ts"
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

/**
 * The arguments with their values; `null` when a value is missing, unknown or of another form.
 * A value cannot turn an argument into an option: where it begins one, it does not begin with a dash.
 */
function argumentsOf(command: Command, values: Readonly<Record<string, string>>): readonly string[] | null {
  const names = Object.keys(command.parameters)
  if (Object.keys(values).length !== names.length) return null
  for (const [name, pattern] of Object.entries(command.parameters)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined || !new RegExp(`^(?:${pattern})$`, "u").test(value)) return null
    if (value.startsWith("-") && command.args.some((arg) => arg.startsWith(`{${name}}`))) return null
  }
  return command.args.map((arg) =>
    arg.replace(/\{([a-z][A-Za-z0-9]*)\}/g, (whole, name: string) => values[name] ?? whole),
  )
}

function head(stream: Buffer): string {
  return stream
    .subarray(0, streamBytesMax)
    .toString("utf8")
    .slice(0, streamBytesMax)
    .replaceAll("\0", "\uFFFD")
}
