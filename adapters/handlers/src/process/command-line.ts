// The command line of a configured program: fixed arguments with checked values in them.
// Owns: which values are accepted, and that none can turn an argument into an option. Does not own: running it (command-run.ts).

import { patternAnswer } from "@counterfoil/contracts/shape"
import { wholeValue, type ProcessConfig } from "../handler-config.ts"
import { rejected } from "@counterfoil/contracts/ports"

type Command = ProcessConfig["commands"][string]

/** The command that would be run, and the files that by the configuration it reads. */
export interface CommandLine {
  readonly program: string
  readonly args: readonly string[]
  /** The values in the arguments, each by itself. */
  readonly values: readonly string[]
  readonly cwd: string
  readonly refusals: readonly number[]
  readonly reads: readonly string[] | undefined
}

/** The command line of a program by its configured name. Codes: COMMAND_UNKNOWN, ARGUMENT_REFUSED. */
export function commandLineOf(config: ProcessConfig, name: string, values: Readonly<Record<string, string>>) {
  const command = Object.hasOwn(config.commands, name) ? config.commands[name] : undefined
  if (command === undefined) return rejected("COMMAND_UNKNOWN", "No program of this name is configured.")
  const args = argumentsOf(command, values)
  if (args === null) return rejected("ARGUMENT_REFUSED", "The arguments do not have the configured form.")
  const { program, cwd, refusals, reads } = command
  return {
    kind: "line",
    line: { program, args, values: Object.values(values), cwd, refusals, reads } satisfies CommandLine,
  } as const
}

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

// Checked on the finished argument: the value that begins it need not be the first one, which may be empty.
function makesOption(configured: string, arg: string): boolean {
  const dashes = (text: string): number => /^-{0,2}/.exec(text)?.[0].length ?? 0
  return dashes(arg) > dashes(configured)
}
