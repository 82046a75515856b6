// The text of help: examples first, then flags, then exit codes.
// Owns: the text, as a pure function of a command's data. Does not own: when it is printed (parse-argv.ts).

import type { Argument, Command, Flag, Leaf } from "./command.ts"
import { exitMeanings } from "./exit-codes.ts"
import { globalFlags } from "./global-flags.ts"

/** Help of one command. */
export function commandHelp(leaf: Leaf, command: Command): string {
  const usage = ["counterfoil", leaf.words, ...command.arguments.map(argumentWord), "[flags]"].join(" ")
  return (
    [
      `${leaf.summary}\n\n${usage}`,
      section(
        "Examples",
        command.examples.map((example) => [`counterfoil ${example}`]),
      ),
      section(
        "Arguments",
        command.arguments.map((argument) => [argumentWord(argument), argument.help]),
      ),
      section(
        "Flags",
        command.flags.map((flag) => [flagWord(flag), flagHelp(flag)]),
      ),
      section(
        "Flags of every command",
        globalFlags.map((flag) => [flagWord(flag), flagHelp(flag)]),
      ),
      section(
        "Exit codes",
        command.exits.map((code) => [String(code), exitMeanings[code]]),
      ),
    ]
      .filter((part) => part !== "")
      .join("\n\n") + "\n"
  )
}

/** Help of a group of commands, or of all: `under` is the words of the group, empty for all. */
export function treeHelp(leaves: readonly Leaf[], under: string): string {
  const inside = leaves.filter(({ words }) => under === "" || words.startsWith(`${under} `))
  const name = under === "" ? "counterfoil" : `counterfoil ${under}`
  return (
    [
      under === ""
        ? "Agents propose. Policy decides. People approve. Every run replays.\n\ncounterfoil <command> [flags]"
        : `${name} <command> [flags]`,
      section(
        "Commands",
        inside.map(({ words, summary }) => [words, summary]),
      ),
      section("Flags of every command", [
        ...globalFlags.map((flag) => [flagWord(flag), flagHelp(flag)]),
        ["--help", "examples, flags and exit codes of a command"],
        ["--version", "the version of this program"],
      ]),
      section(
        "Exit codes",
        Object.entries(exitMeanings).map(([code, meaning]) => [code, meaning]),
      ),
    ].join("\n\n") + "\n"
  )
}

/** `-m, --reason TEXT` */
export function flagWord({ long, short, value }: Flag): string {
  return `${short === undefined ? "" : `-${short}, `}--${long}${value === undefined ? "" : ` ${value}`}`
}

function flagHelp({ help, choices, many }: Flag): string {
  return `${help}${choices === undefined ? "" : `: ${choices.join(", ")}`}${many === true ? "; more with commas" : ""}`
}

function argumentWord({ name, optional, many }: Argument): string {
  const word = `${name}${many === true ? "…" : ""}`
  return optional === true ? `[${word}]` : `<${word}>`
}

/** A titled block of two columns; empty without rows. The words are ASCII, so their widths are counted in code units. */
function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ""
  const width = Math.max(...rows.map(([first = ""]) => first.length))
  return [
    title,
    ...rows.map(([first = "", second]) =>
      second === undefined ? `  ${first}` : `  ${first.padEnd(width)}  ${second}`,
    ),
  ].join("\n")
}
