// Blocks of a document that a test runs: fenced as `console run`, with lines `$ command` and below each what it prints.
// Owns: finding them, writing what was printed back, and what does not count when two outputs are compared.
// Does not own: running a command (run-document.ts).

/** One command of a block, with what the document says it prints. */
export interface Shown {
  readonly command: string
  readonly output: string
}

/** The lines of a block, and its position in the document. */
export interface RunBlock {
  readonly start: number
  readonly end: number
  readonly commands: readonly Shown[]
}

const fenced = /^```console run\n([\s\S]*?)^```$/gm

/** The blocks of a document, in order. */
export function runBlocks(text: string): readonly RunBlock[] {
  return [...text.matchAll(fenced)].map((found) => ({
    start: found.index,
    end: found.index + found[0].length,
    commands: commandsOf(found[1] ?? ""),
  }))
}

/** The document with each block replaced by what `printed` says for it; a block of which nothing that counts changed stays as it is. */
export function withOutputs(text: string, printed: readonly (readonly Shown[])[]): string {
  return runBlocks(text).reduceRight((document, block, at) => {
    const commands = printed[at] ?? []
    return `${document.slice(0, block.start)}${blockOf(block.commands.map((was, i) => settled(was, commands[i])))}${document.slice(block.end)}`
  }, text)
}

/** The body of a fenced block with a language and a name, such as `ts refund`; null when there is none. */
export function fencedBlock(text: string, info: string): string | null {
  return fencedBlocks(text, info)[0] ?? null
}

/** The bodies of all fenced blocks of one kind, in order. */
export const fencedBlocks = (text: string, info: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, body = ""]) => body)

/**
 * Ids, digests, tokens, times, durations, ports and folders, which differ from run to run, and the sizes of files that follow from
 * a history of commits. A shortened digest after `--digest` is one too. Anything else that differs is a change.
 */
const volatile =
  /\b(?:[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}\b|cft_[\w…-]+|cli-[0-9a-f-]{36}|sha256:[0-9a-f]{64}|[0-9a-f]{40})|\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d+\.\ds\b|127\.0\.0\.1:\d+|\S*\.counterfoil\b|(?<=--digest )[0-9a-f]{8}|(?<="(?:bytes|linesAdded|linesRemoved)":)\d+/g

/** A text without what differs from run to run, and without blanks at the end of a line. */
export const steady = (text: string): string => trimmed(text).replaceAll(volatile, "~")

function settled(was: Shown, now: Shown | undefined): Shown {
  return now === undefined || steady(was.output) === steady(now.output)
    ? was
    : { command: was.command, output: trimmed(now.output) }
}

const trimmed = (text: string): string => text.replaceAll(/[ \t]+$/gm, "").trim()

function commandsOf(body: string): readonly Shown[] {
  return body
    .split(/^(?=\$ )/m)
    .map((part) => part.trimEnd())
    .filter((part) => part !== "")
    .map((part) => {
      const [first = "", ...rest] = part.split("\n")
      return { command: first.replace(/^\$ /, ""), output: rest.join("\n") }
    })
}

const blockOf = (commands: readonly Shown[]): string =>
  `\`\`\`console run\n${commands.map(({ command, output }) => [`$ ${command}`, output].filter(Boolean).join("\n")).join("\n\n")}\n\`\`\``
