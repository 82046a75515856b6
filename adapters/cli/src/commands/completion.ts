// `completion`: prints a script for a shell, made from the command tree.
// Owns: the three scripts. Does not own: the tree. The commands themselves look up ids; the shell completes names of contexts by
// calling this program.

import type { Command, Flag } from "../command.ts"
import { CliError } from "../cli-error.ts"
import { globalFlags } from "../global-flags.ts"

/** What a shell completes: the words of every command with its flags and choices. */
export interface Completed {
  readonly words: string
  readonly summary: string
  readonly flags: readonly Flag[]
  /** The allowed values of the arguments, where they are a list. */
  readonly choices: readonly string[]
}

const shells: { readonly [shell: string]: (commands: readonly Completed[]) => string } = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** The command. */
export const completion: Command = {
  examples: ["completion bash", "completion zsh", "completion fish"],
  flags: [],
  exits: [0, 2],
  arguments: [{ name: "shell", help: "bash, zsh or fish", choices: ["bash", "zsh", "fish"] }],
  run: async ({ args, tree }) => {
    const shell = args[0] ?? ""
    const script = shells[shell]
    if (script === undefined)
      throw new CliError(`No completion for ${shell}.`, { fix: "counterfoil completion bash" })
    const commands = await Promise.all(
      tree.map(async ({ words, summary, load }) => {
        const { flags, arguments: positional } = await load()
        return { words, summary, flags, choices: positional.flatMap(({ choices = [] }) => choices) }
      }),
    )
    const text = script(commands)
    return { exit: 0, shown: { document: { shell, script: text }, text: () => text } }
  },
}

/** The shell command for the names of contexts. A shell expands what it completes, so names with special characters are left out. */
const contextNames =
  "counterfoil context list --fields name --format plain 2>/dev/null | tail -n +2 | grep -xE '[A-Za-z0-9._:@-]+'"

/** The values of a flag as words for a shell; empty where they are not a list, for example for a file or a text. */
const valuesOf = ({ long, choices }: Flag): string =>
  long === "context" ? `$(${contextNames})` : (choices ?? []).join(" ")

/** The next words after what was typed, and the flags of a whole command, as cases of a shell's switch. */
function cases(commands: readonly Completed[]): readonly (readonly [string, string])[] {
  const firsts = [...new Set(commands.map(({ words }) => words.split(" ")[0] ?? ""))]
  const groups = firsts.flatMap((first) => {
    const seconds = commands.flatMap(({ words }) =>
      words.startsWith(`${first} `) ? [words.slice(first.length + 1)] : [],
    )
    return seconds.length === 0 ? [] : [[first, seconds.join(" ")] as const]
  })
  return [
    ["", firsts.join(" ")],
    ...groups,
    ...commands.map(
      ({ words, flags, choices }) =>
        [
          words,
          [...choices, ...[...flags, ...globalFlags].map(({ long }) => `--${long}`)].join(" "),
        ] as const,
    ),
  ]
}

/** What may follow a flag that takes a value, as cases of a shell's switch over the command and the flag. */
const valueCases = (commands: readonly Completed[]): readonly (readonly [string, string])[] => [
  ...commands.flatMap(({ words, flags }) =>
    flags.flatMap((flag) =>
      flag.value === undefined ? [] : [[`"${words} --${flag.long}"`, valuesOf(flag)] as const],
    ),
  ),
  ...globalFlags.flatMap((flag) =>
    flag.value === undefined ? [] : [[`*" --${flag.long}"`, valuesOf(flag)] as const],
  ),
]

/** The flags whose next word is their value in every command that has them: that word is not part of the command. */
function takingValues(commands: readonly Completed[]): readonly string[] {
  const all = [...commands.flatMap(({ flags }) => flags), ...globalFlags]
  const switches = new Set(all.flatMap(({ long, value }) => (value === undefined ? [long] : [])))
  return [...new Set(all.flatMap(({ long }) => (switches.has(long) ? [] : [`--${long}`])))]
}

/** A bash completion function. Where it has no words, for example after `--input`, the shell completes files. */
export function bashScript(commands: readonly Completed[]): string {
  return [
    "_counterfoil() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" typed="" word value=""',
    // The shell splits `--flag=value` into three words.
    '  if [ "$current" = "=" ]; then current=""; elif [ "$before" = "=" ]; then before="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    if [ -n "$value" ] && [ "$word" != "=" ]; then value=""; continue; fi',
    `    case "$word" in ${takingValues(commands).join("|")}) value=1 ;; -*|=) ;; *) typed="\${typed:+$typed }$word" ;; esac`,
    "  done",
    '  local candidates=""',
    "  while :; do",
    '    case "$typed" in',
    ...cases(commands).map(([typed, next]) => `      "${typed}") candidates="${next}"; break ;;`),
    '      *" "*) typed="${typed% *}" ;;',
    "      *) break ;;",
    "    esac",
    "  done",
    '  case "$typed $before" in',
    ...valueCases(commands).map(([place, values]) => `    ${place}) candidates="${values}" ;;`),
    "  esac",
    '  COMPREPLY=($(compgen -W "$candidates" -- "$current"))',
    "}",
    "complete -o default -F _counterfoil counterfoil",
  ].join("\n")
}

/** The same for zsh, through its bash compatibility. */
function zshScript(commands: readonly Completed[]): string {
  return ["#compdef counterfoil", "autoload -U +X bashcompinit && bashcompinit", bashScript(commands)].join(
    "\n",
  )
}

/** Completions for fish, one a line. */
export function fishScript(commands: readonly Completed[]): string {
  return [
    "complete -c counterfoil -f",
    ...commands.flatMap(({ words, summary, flags, choices }) => {
      const [first = "", second] = words.split(" ")
      const says = `-d '${summary.replaceAll("'", String.raw`\'`)}'`
      const place =
        second === undefined
          ? `complete -c counterfoil -n __fish_use_subcommand -a ${first} ${says}`
          : `complete -c counterfoil -n '__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${second}' -a ${second} ${says}`
      const group =
        second === undefined ? [] : [`complete -c counterfoil -n __fish_use_subcommand -a ${first}`]
      const behind = second === undefined ? first : `${first}; and __fish_seen_subcommand_from ${second}`
      return [
        ...group,
        place,
        ...[...flags, ...globalFlags].map(
          (flag) =>
            `complete -c counterfoil -n '__fish_seen_subcommand_from ${behind}' -l ${flag.long}${fishValues(flag)}`,
        ),
        ...choices.map(
          (choice) => `complete -c counterfoil -n '__fish_seen_subcommand_from ${behind}' -a ${choice}`,
        ),
      ]
    }),
  ].join("\n")
}

/** A list of words, a file for any other value, and nothing for a switch. */
function fishValues(flag: Flag): string {
  if (flag.value === undefined) return ""
  const values = flag.long === "context" ? `(${contextNames})` : valuesOf(flag)
  return values === "" ? " -r -F" : ` -x -a '${values}'`
}
