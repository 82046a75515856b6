// Commands of this program that a document names, in its code and between backquotes, and its second-level headings.
// Owns: reading them. Does not own: whether they exist (runbooks.test.ts).

/** The words before the first real argument, and the long flags; quoted text is ignored. */
export interface NamedCommand {
  readonly words: string
  readonly flags: readonly string[]
}

/** Every `npx counterfoil …` of a document; a bare `npx counterfoil` has no words. */
export function commandsIn(text: string): readonly NamedCommand[] {
  return [...text.matchAll(/npx counterfoil ([^`\n#|]+)/g)]
    .map(([, rest = ""]) => {
      const parts = rest
        .replaceAll(/"[^"]*"/g, "")
        .split(/\s+/)
        .filter(Boolean)
      const end = parts.findIndex((part) => !/^[a-z]+$/.test(part))
      return {
        words: (end < 0 ? parts : parts.slice(0, end)).join(" "),
        // Every command has `--help`, which its own help does not list.
        flags: parts.filter((part) => /^--[a-z]/.test(part) && part !== "--help"),
      }
    })
    .filter(({ words }) => words !== "")
}

/** The second-level headings, in order. */
export const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading)
