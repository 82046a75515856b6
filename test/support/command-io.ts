// What a command touches when a test runs it in this process: no terminal, and no one to ask.
// Owns: those defaults. Does not own: what a test captures, answers or supplies as input.

import { readInput, type Io } from "@counterfoil/cli"

/** The defaults with the test's own parts. */
export const commandIo = (own: Pick<Io, "env"> & Partial<Io>): Io => ({
  interactive: false,
  stdoutIsTerminal: false,
  signal: new AbortController().signal,
  now: () => Date.now(),
  pause: () => Promise.resolve(),
  out: () => undefined,
  say: () => undefined,
  ask: () => Promise.reject(new Error("no one is there to ask")),
  read: readInput,
  ...own,
})
