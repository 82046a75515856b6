// The flags that every command has.
// Owns: their list; it imports nothing slow to load. Does not own: their effect (settings/, print/page.ts).

import type { Flag } from "./command.ts"

/** Flags that are accepted anywhere on the line, before or after the command's words. */
export const globalFlags: readonly Flag[] = [
  { long: "json", help: "one JSON document on stdout" },
  { long: "jsonl", help: "one JSON object per line" },
  {
    long: "format",
    value: "FORMAT",
    choices: ["human", "plain", "json", "jsonl"],
    help: "the format of the answer",
  },
  { long: "fields", value: "A,B", many: true, help: "only these fields of the answer" },
  { long: "no-input", help: "never ask; a needed answer is exit 2" },
  { long: "color", value: "WHEN", choices: ["auto", "always", "never"], help: "when to colour" },
  { long: "context", value: "NAME", help: "the server to use, by its name in the context file" },
  { long: "url", value: "URL", help: "the server to use" },
  { long: "token-file", value: "FILE", help: "read the token from a file, or from stdin with -" },
  { long: "timeout", value: "DURATION", help: "how long one request may take (30s)" },
  { long: "quiet", short: "q", help: "no hints on stderr" },
  { long: "verbose", short: "v", help: "print each request to the server on stderr" },
]
