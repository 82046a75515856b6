// Writes a file of a repository's work tree.
// Owns: what `whole` and `head` mean, and that a repetition changes nothing. Does not own: reaching the file (jail.ts).

import { builtIn } from "../built-in.ts"
import { notSent, rejected, succeeded } from "@counterfoil/contracts/ports"
import { textBytesMax, utf8Bytes } from "../fields.ts"
import { readJailed, writeJailed } from "../jail.ts"
import { gitFileWrite } from "./git-contracts.ts"
import type { Repository } from "./repository.ts"

/** Largest file, in bytes, that text is added at the head of: a changelog of decades. */
const fileBytesMax = 4 * 1024 * 1024

/** The handler of `git.file.write`. */
export const gitFileWriteHandler = (repositories: ReadonlyMap<string, Repository>) =>
  builtIn(
    gitFileWrite,
    ["REPOSITORY_UNKNOWN", "PATH_REFUSED", "NOT_FOUND", "NOT_A_FILE", "TOO_LARGE", "notSent"],
    async ({ repository: name, path, content, place }, call) => {
      const repository = repositories.get(name)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      if (utf8Bytes(content) > textBytesMax) return rejected("TOO_LARGE", "The content is too long.")
      return repository.alone(async () => {
        const before = await readJailed(repository.path, path, fileBytesMax)
        if (!before.ok && before.problem !== "NOT_FOUND")
          return before.problem === "IO_FAILED"
            ? notSent("the file could not be read")
            : rejected(before.problem, "The path cannot be written.")
        const bytes = contentAfter(
          before.ok ? before.bytes : Buffer.alloc(0),
          Buffer.from(content, "utf8"),
          place,
        )
        if (before.ok && bytes.equals(before.bytes)) return succeeded({ path, bytes: bytes.length })
        const written = await writeJailed(
          repository.path,
          path,
          bytes,
          `.counterfoil-${call.idempotencyKey.slice(0, 16)}`,
        )
        if (written.ok) return succeeded({ path, bytes: bytes.length })
        return written.problem === "IO_FAILED"
          ? notSent("the file could not be written")
          : rejected(written.problem, "The path cannot be written.")
      })
    },
  )

function contentAfter(before: Buffer, content: Buffer, place: "whole" | "head"): Buffer {
  switch (place) {
    case "whole":
      return content
    case "head":
      return before.includes(content) ? before : Buffer.concat([content, before])
  }
}
