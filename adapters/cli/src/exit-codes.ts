// The exit codes of commands, and what each means to a script.
// Owns: the numbers and their words. It imports nothing, so that help and completion stay fast.

/** Every exit code by its name. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  no: 3,
  notPermitted: 4,
  waiting: 5,
  conflict: 6,
  inDoubt: 7,
  interrupted: 130,
} as const
export type ExitName = keyof typeof exitCodes
export type ExitCode = (typeof exitCodes)[ExitName]

/** What each code means, as help prints it. */
export const exitMeanings: { readonly [C in ExitCode]: string } = {
  0: "done, allowed, clean, identical, approved",
  1: "failed, or could not check",
  2: "usage: a flag, an input file, or a question without a terminal",
  3: "a negative answer: denied, rejected, expired, diverged, bad signature",
  4: "not signed in, or not permitted",
  5: "still held or at work: when the wait ended, or where a verified trace ends",
  6: "stale, or a conflict",
  7: "in doubt: it may have happened; do not run it again",
  130: "interrupted; the execution goes on",
}
