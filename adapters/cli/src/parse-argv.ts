// Parses a command line into data: the command, its arguments and flags, or an error.
// Owns: the use of commander, and loading only the one command. Does not own: the words of help, nor running a command.

import { Command as Program, CommanderError, InvalidArgumentError, Option } from "commander"
import { CliError } from "./cli-error.ts"
import type { Command, Flag, Leaf } from "./command.ts"
import { commandTree, sameWords } from "./command-tree.ts"
import type { FlagValues } from "./flags.ts"
import { globalFlags } from "./global-flags.ts"
import { commandHelp, treeHelp } from "./help-text.ts"

/** A parsed command line. */
export type Parsed =
  | { readonly kind: "help"; readonly text: string }
  | {
      readonly kind: "call"
      readonly leaf: Leaf
      readonly command: Command
      readonly args: readonly string[]
      readonly flags: FlagValues
    }

/** Parses the words after the program's name. Errors: usage, with the nearest command or flag. */
export async function parseArgv(argv: readonly string[]): Promise<Parsed> {
  const words = argv.map((word, at) => (wordsOf(argv)[0]?.at === at ? (sameWords[word] ?? word) : word))
  const leaf = leafOf(words)
  const command = leaf === undefined ? undefined : await leaf.load()
  let said = ""
  let called: Parsed | undefined
  const program = settled(new Program("counterfoil"), (text) => {
    said += text
  })
  program.configureHelp({ formatHelp: () => treeHelp(commandTree, "") })
  // A command's own flag replaces a global one of the same name, which would refuse its values.
  const own = new Set(command?.flags.map(({ long }) => long))
  for (const flag of globalFlags) if (!own.has(flag.long)) program.addOption(optionOf(flag))
  for (const one of commandTree) {
    const added = place(program, one, (text) => {
      said += text
    })
    if (one !== leaf || command === undefined) continue
    added.configureHelp({ formatHelp: () => commandHelp(one, command) })
    for (const { name, optional, many } of command.arguments)
      added.argument(
        `${optional === true ? "[" : "<"}${name}${many === true ? "..." : ""}${optional === true ? "]" : ">"}`,
      )
    for (const flag of command.flags) added.addOption(optionOf(flag))
    added.action(() => {
      called = { kind: "call", leaf: one, command, args: added.args, flags: valuesOf(program, added) }
    })
  }
  try {
    program.parse(words, { from: "user" })
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    if (cause.exitCode === 0 || cause.code === "commander.help") return { kind: "help", text: said }
    throw usage(cause, leaf?.words ?? groupOf(words))
  }
  return called ?? { kind: "help", text: treeHelp(commandTree, "") }
}

/** Adds a command under its group; a group without a command prints its help. */
function place(program: Program, { words, summary }: Leaf, say: (text: string) => void): Program {
  const [first = "", second] = words.split(" ")
  if (second === undefined) return settled(program.command(first).summary(summary), say)
  const group =
    program.commands.find((one) => one.name() === first) ??
    settled(program.command(first), say).configureHelp({ formatHelp: () => treeHelp(commandTree, first) })
  return settled(group.command(second).summary(summary), say)
}

function settled(program: Program, say: (text: string) => void): Program {
  return program
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ writeOut: say, writeErr: say, outputError: () => {} })
    .helpOption("--help", "help")
}

function optionOf({ long, short, value, choices, many }: Flag): Option {
  const option = new Option(
    `${short === undefined ? "" : `-${short}, `}--${long}${value === undefined ? "" : ` <${value}>`}`,
  )
  if (many === true) {
    return option.argParser((typed: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      ...typed.split(",").map((one) => chosen(one, choices)),
    ])
  }
  return choices === undefined ? option : option.choices(choices)
}

function chosen(typed: string, choices: readonly string[] | undefined): string {
  if (choices !== undefined && !choices.includes(typed))
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`)
  return typed
}

function valuesOf(program: Program, called: Program): FlagValues {
  return new Map(
    [program, called].flatMap((one) =>
      one.options.flatMap((option): [string, string | boolean | readonly string[]][] => {
        const value: unknown = one.getOptionValue(option.attributeName())
        const long = option.long?.slice(2) ?? ""
        if (option.negate) return [[long, value === false]]
        if (typeof value === "string" || typeof value === "boolean") return [[long, value]]
        return Array.isArray(value) ? [[long, value.map(String)]] : []
      }),
    ),
  )
}

/** The words of a line that are neither flags nor values of global flags, with their positions. */
function wordsOf(argv: readonly string[]): readonly { readonly word: string; readonly at: number }[] {
  const taking = new Set(globalFlags.flatMap(({ long, value }) => (value === undefined ? [] : [`--${long}`])))
  return argv.flatMap((word, at) =>
    word.startsWith("-") || taking.has(argv[at - 1] ?? "") ? [] : [{ word, at }],
  )
}

function leafOf(argv: readonly string[]): Leaf | undefined {
  const [first, second] = wordsOf(argv).map(({ word }) => word)
  return (
    commandTree.find(({ words }) => words === `${first} ${second}`) ??
    commandTree.find(({ words }) => words === first)
  )
}

/** The first word of a line if commands start with it, else undefined. */
function groupOf(argv: readonly string[]): string | undefined {
  const first = wordsOf(argv)[0]?.word
  return commandTree.some(({ words }) => words.startsWith(`${first} `)) ? first : undefined
}

/** The usage error. `called` is the words of the command or group whose help is suggested. */
function usage(cause: CommanderError, called: string | undefined): CliError {
  const [sentence = "", ...rest] = cause.message.replace(/^error: /, "").split("\n")
  const nearest = rest.join(" ").replace(/^\((.*)\)$/, "$1")
  const fix = called === undefined ? "counterfoil --help" : `counterfoil ${called} --help`
  return new CliError(
    `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${sentence.endsWith(".") ? "" : "."}`,
    { fix, lines: nearest === "" ? [] : [nearest] },
  )
}
