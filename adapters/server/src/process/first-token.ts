// The token that a first start prints for its owner.
// Owns: its label and lifetime. Does not own: making it (bootstrap.ts), nor replacing it (cli/commands/login.ts).

/** The label of the owner's first token. */
export const firstTokenLabel = "first start"
/** The token is printed, so logs keep it; its short life makes it useless to a later reader. `login` replaces it with another token. */
export const firstTokenMs = 24 * 60 * 60 * 1000
