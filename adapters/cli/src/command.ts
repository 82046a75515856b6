// A command as data: arguments, flags, examples, and the function that runs it.
// Owns: the shapes that every command file, help, completion and the parser share. Does not own: parsing (parse-argv.ts) or
// output (show-ending.ts). A command returns an `Ending`; it never prints its answer itself.

import type { z } from "zod"
import type { Json } from "@counterfoil/contracts"
import type { ExitCode } from "./exit-codes.ts"
import type { Flags } from "./flags.ts"
import type { Client } from "./net/client.ts"
import type { Io } from "./io.ts"
import type { Page } from "./print/page.ts"
import type { Settings } from "./settings/settings.ts"

/** One flag. Without `value` it is a switch; `many` may be given again, or list values with commas. */
export interface Flag {
  readonly long: string
  readonly short?: string
  readonly value?: string
  readonly choices?: readonly string[]
  readonly many?: boolean
  readonly help: string
}

/** One positional argument; `many` only on the last one. */
export interface Argument {
  readonly name: string
  readonly help: string
  readonly optional?: boolean
  readonly many?: boolean
  /** The allowed values, where they are a list. */
  readonly choices?: readonly string[]
}

/** A command's place in the tree. `summary` is one line. */
export interface Leaf {
  readonly words: string
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** What a command gets. `client` is opened at its first use, so that offline commands need no server. */
export interface Invocation {
  readonly args: readonly string[]
  readonly flags: Flags
  readonly settings: Settings
  readonly io: Io
  readonly page: Page
  /** Every command, for `completion`. */
  readonly tree: readonly Leaf[]
  readonly client: () => Client
  /** Prints one record at once, for commands that follow something; with `--json` only the ending is printed. */
  readonly emit: (record: Shown) => void
}

/** Something to show: a document for programs, and a text for people. `items` is set for a list. */
export interface Shown {
  readonly document: { readonly [field: string]: Json }
  readonly items?: readonly Json[]
  readonly text: (page: Page) => string
}

/** How a command ended: what to show on stdout, hints for stderr, and the exit code. */
export interface Ending {
  readonly exit: ExitCode
  readonly shown: Shown | null
  readonly hints?: readonly string[]
}

/** A command, loaded from its own file only when it or its help is called. */
export interface Command {
  readonly examples: readonly string[]
  readonly arguments: readonly Argument[]
  readonly flags: readonly Flag[]
  /** The exit codes of this command, ascending. */
  readonly exits: readonly ExitCode[]
  /** The schema of what `--json` prints, where it is declared; the generated documents contain it. */
  readonly document?: z.ZodType
  /** The command also prints events as they arrive, which have other shapes. */
  readonly follows?: true
  run(invocation: Invocation): Promise<Ending>
}
