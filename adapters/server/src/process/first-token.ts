// The token that a first start prints for its owner.
// Owns: how it is known again, and how long it lives. Does not own: making it (bootstrap.ts), keeping another one (cli/commands/login.ts).

/** The label of the owner's first token. */
export const firstTokenLabel = "first start"
/** It is printed, so logs keep it: by the time someone reads those it has ended. `login` keeps another one in its place. */
export const firstTokenMs = 24 * 60 * 60 * 1000
