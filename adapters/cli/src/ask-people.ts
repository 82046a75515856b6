// Asks the person at the terminal.
// Owns: the error without a terminal, which names the flag to use instead (exit 2). Does not own: the terminal (io.ts).

import { CliError } from "./cli-error.ts"
import type { Io } from "./io.ts"

/** The answer to a question; `flag` names the flag that gives the same answer. Errors: usage, without a terminal. */
export async function askFor(
  io: Io,
  question: string,
  flag: { readonly name: string; readonly fix: string; readonly secret?: boolean },
): Promise<string> {
  if (!io.interactive)
    throw new CliError(`${flag.name} is needed: there is no terminal to ask.`, { fix: flag.fix })
  return (await io.ask(question, flag.secret)).trim()
}
