// `completion`: a script for a shell, made from the command tree.
// Owns: the three scripts. Does not own: the tree. Words and flags only; ids are looked up by the commands themselves.

import type { Command } from "../command.ts"
import { CliError } from "../cli-error.ts"
import { globalFlags } from "../global-flags.ts"

/** What a shell completes: the words of every command with the long flags that go behind them. */
export interface Completed {
  readonly words: string
  readonly summary: string
  readonly flags: readonly string[]
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
  arguments: [{ name: "shell", help: "bash, zsh or fish" }],
  run: async ({ args, tree }) => {
    const shell = args[0] ?? ""
    const script = shells[shell]
    if (script === undefined)
      throw new CliError(`No completion for ${shell}.`, { fix: "counterfoil completion bash" })
    const commands = await Promise.all(
      tree.map(async ({ words, summary, load }) => ({
        words,
        summary,
        flags: [...(await load()).flags, ...globalFlags].map(({ long }) => `--${long}`),
      })),
    )
    const text = script(commands)
    return { exit: 0, shown: { document: { shell, script: text }, text: () => text } }
  },
}

/** The next words behind what was typed, and the flags of a whole command, as cases of a shell's switch. */
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
    ...commands.map(({ words, flags }) => [words, flags.join(" ")] as const),
  ]
}

/** A bash completion function. */
export function bashScript(commands: readonly Completed[]): string {
  return [
    "_counterfoil() {",
    '  local typed="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) typed="${typed:+$typed }$word" ;; esac; done',
    '  local candidates=""',
    "  while :; do",
    '    case "$typed" in',
    ...cases(commands).map(([typed, next]) => `      "${typed}") candidates="${next}"; break ;;`),
    '      *" "*) typed="${typed% *}" ;;',
    "      *) break ;;",
    "    esac",
    "  done",
    '  COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _counterfoil counterfoil",
  ].join("\n")
}

/** The same for zsh, through its bash compatibility. */
export function zshScript(commands: readonly Completed[]): string {
  return ["#compdef counterfoil", "autoload -U +X bashcompinit && bashcompinit", bashScript(commands)].join(
    "\n",
  )
}

/** Completions for fish, one a line. */
export function fishScript(commands: readonly Completed[]): string {
  return [
    "complete -c counterfoil -f",
    ...commands.flatMap(({ words, summary, flags }) => {
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
        ...flags.map(
          (flag) => `complete -c counterfoil -n '__fish_seen_subcommand_from ${behind}' -l ${flag.slice(2)}`,
        ),
      ]
    }),
  ].join("\n")
}
