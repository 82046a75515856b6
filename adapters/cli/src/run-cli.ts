// Runs the program once, from the words of the command line to the exit code.
// Owns: the order parse, settle, run, show, and where an error is printed. Does not own: the commands.
// The answer goes to stdout, everything else to stderr, also with `--json`.
// The definitions of the contracts take most of a command's time, so they are loaded only when a command runs; help does not need them.

import { AnsweredProblem, CliError } from "./cli-error.ts"
import { commandTree } from "./command-tree.ts"
import type { Ending, Invocation } from "./command.ts"
import type { ExitCode } from "./exit-codes.ts"
import { flagsOf, type Flags } from "./flags.ts"
import { insideAgent, processIo, type Io } from "./io.ts"
import type { Client } from "./net/client.ts"
import { parseArgv, type Parsed } from "./parse-argv.ts"
import type { Format, Page } from "./print/page.ts"
import { configFolder, readContexts, refuseShared } from "./settings/contexts.ts"
import { resolveSettings } from "./settings/settings.ts"

/** Runs a command line and returns its exit code, after all output is written. `io` defaults to the process's own. */
export async function runCli(
  argv: readonly string[],
  io: Io = processIo(argv.includes("--no-input")),
): Promise<ExitCode> {
  // Until the flags are parsed, the format is read from the words.
  let page = pageOf(
    io,
    argv.includes("--json") ? "json" : argv.includes("--jsonl") ? "jsonl" : "human",
    "auto",
    [],
  )
  let help = "counterfoil --help"
  try {
    refuseTokens(argv)
    const parsed = await parseArgv(argv)
    if (parsed.kind === "help") {
      io.out(parsed.text)
      return 0
    }
    help = `counterfoil ${parsed.leaf.words} --help`
    const flags = flagsOf(parsed.flags)
    page = pageOf(io, formatOf(flags, io), flags.text("color") ?? "auto", flags.texts("fields"))
    return await call(parsed, flags, io, page)
  } catch (thrown) {
    if (io.signal.aborted && !(thrown instanceof CliError)) return 130
    // Load it before anything is printed: nothing may fail between the last output and the exit code, not even on a closed pipe.
    const [{ exitOfError }, { errorDocument, errorText }, { jsonLine }] = await Promise.all([
      import("./exit-code.ts"),
      import("./report-error.ts"),
      import("./show-ending.ts"),
    ])
    const error = isEnd(thrown) ? thrown : await operatorErrorOf(thrown)
    if (page.format === "json" || page.format === "jsonl") io.out(jsonLine(errorDocument(error, help)))
    io.say(errorText(page, error, help))
    return exitOfError(error)
  }
}

const isEnd = (thrown: unknown): boolean => thrown instanceof CliError || thrown instanceof AnsweredProblem

// The cause that keeps a command from loading may keep this module from loading too: then the error is used unchanged.
const operatorErrorOf = (thrown: unknown): Promise<unknown> =>
  import("./operator-error.ts").then(({ operatorError }) => operatorError(thrown)).catch(() => thrown)

async function call(
  { command, args }: Extract<Parsed, { kind: "call" }>,
  flags: Flags,
  io: Io,
  page: Page,
): Promise<ExitCode> {
  const needs = await loaded()
  const fields = page.fields.length === 0 ? null : await import("./answer-fields.ts")
  // Before the command does anything; not for a command that follows events, whose records have several shapes.
  if (command.document !== undefined && command.follows !== true)
    fields?.refuseUnknownFields(command.document, page.fields)
  const invocation = invocationOf({ args, flags, io, page }, needs)
  const ending = await command.run(invocation)
  if (command.document === undefined && ending.shown !== null)
    fields?.refuseAbsentFields(ending.shown, page.fields)
  show(ending, invocation, needs)
  return ending.exit
}

/** The modules that every command needs and help does not. */
async function loaded() {
  const [{ openClient }, { showEnding }] = await Promise.all([
    import("./net/client.ts"),
    import("./show-ending.ts"),
  ])
  return { openClient, showEnding }
}
type Loaded = Awaited<ReturnType<typeof loaded>>

function show({ shown, hints = [] }: Ending, { io, page, flags }: Invocation, { showEnding }: Loaded): void {
  if (shown !== null) io.out(showEnding(shown, page))
  if (!flags.on("quiet")) for (const hint of hints) io.say(hint)
}

function invocationOf(
  { args, flags, io, page }: Pick<Invocation, "args" | "flags" | "io" | "page">,
  { openClient, showEnding }: Loaded,
): Invocation {
  const folder = configFolder(io.env)
  const tokenFile = flags.text("token-file")
  const settings = resolveSettings({
    flags,
    env: io.env,
    folder,
    contexts: readContexts(folder),
    tokenFile: tokenFile === undefined ? null : tokenIn(tokenFile, io),
  })
  let client: Client | undefined
  return {
    args,
    flags,
    settings,
    io,
    page,
    tree: commandTree,
    client: () =>
      (client ??= openClient({
        settings,
        signal: io.signal,
        say: flags.on("verbose")
          ? (line) => {
              io.say(line)
            }
          : null,
      })),
    emit: (record) => {
      if (page.format !== "json") io.out(showEnding(record, page))
    },
  }
}

/** The token in a file that only its owner can read; `-` is stdin. Errors: a file that others can read, or that cannot be read. */
function tokenIn(file: string, io: Io): string {
  const text = new TextDecoder().decode(io.read(file)).trim()
  if (file !== "-") refuseShared(file)
  return text
}

function formatOf(flags: Flags, io: Io): Format {
  if (flags.on("json")) return "json"
  if (flags.on("jsonl")) return "jsonl"
  const asked = flags.text("format")
  if (asked === "human" || asked === "plain" || asked === "json" || asked === "jsonl") return asked
  return insideAgent(io.env) ? "plain" : "human"
}

/** The assumed columns of a terminal of unknown width, and the smallest width of a list. */
const [usualWidth, widthMin] = [80, 60]

function pageOf(io: Io, format: Format, color: string, fields: readonly string[]): Page {
  const may = io.stdoutIsTerminal && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb"
  return {
    format,
    terminal: io.stdoutIsTerminal,
    width: Math.max(widthMin, io.stdoutColumns ?? usualWidth),
    colour: format === "human" && (color === "always" || (color === "auto" && may)),
    now: io.now(),
    fields,
  }
}

/** Refuses a token in an argument, which is already in the process list and the shell's history; the error gives only its position. */
function refuseTokens(argv: readonly string[]): void {
  const at = argv.findIndex(
    (word) => /(^|=)cf[ts]_[A-Za-z0-9_-]{20,}/.test(word) || /^--token(=|$)/.test(word),
  )
  if (at >= 0)
    throw new CliError(`Argument ${at + 1} is a token; tokens are never arguments.`, {
      code: "TOKEN_IN_ARGUMENT",
      fix: "counterfoil login --token-file -",
    })
}
