// Reads and replaces text files below configured folders.
// Owns: which folder a name means, and which bytes count as text. Does not own: reaching the files (jail.ts).

import { builtIn } from "../built-in.ts"
import { notSent, rejected, succeeded } from "@counterfoil/contracts/ports"
import { textBytesMax, utf8Bytes } from "../fields.ts"
import type { FsConfig } from "../handler-config.ts"
import { readJailed, writeJailed } from "../jail.ts"
import { fsFileRead, fsFileWrite } from "./fs-contracts.ts"

/** The handler of `fs.file.read`. */
export const fileReadHandler = (config: FsConfig) =>
  builtIn(
    fsFileRead,
    ["ROOT_UNKNOWN", "PATH_REFUSED", "NOT_FOUND", "NOT_A_FILE", "TOO_LARGE", "NOT_TEXT", "notSent"],
    async ({ root, path }) => {
      const folder = rootOf(config, root)
      if (folder === undefined) return rejected("ROOT_UNKNOWN", "No folder of this name is configured.")
      const read = await readJailed(folder.path, path, textBytesMax)
      if (!read.ok) {
        return read.problem === "IO_FAILED"
          ? notSent("the file could not be read")
          : rejected(read.problem, "The file cannot be read.")
      }
      const output = { text: read.bytes.toString("utf8"), bytes: read.bytes.length }
      const isText =
        Buffer.from(output.text, "utf8").equals(read.bytes) && fsFileRead.output.safeParse(output).success
      return isText
        ? succeeded(output)
        : rejected("NOT_TEXT", "The file is not text in UTF-8 without control characters.")
    },
  )

/** The handler of `fs.file.write`. */
export const fileWriteHandler = (config: FsConfig) =>
  builtIn(
    fsFileWrite,
    ["ROOT_UNKNOWN", "ROOT_READ_ONLY", "PATH_REFUSED", "NOT_FOUND", "NOT_A_FILE", "TOO_LARGE", "notSent"],
    async ({ root, path, text }, call) => {
      const folder = rootOf(config, root)
      if (folder === undefined) return rejected("ROOT_UNKNOWN", "No folder of this name is configured.")
      if (!folder.writable) return rejected("ROOT_READ_ONLY", "The folder is not configured as writable.")
      if (utf8Bytes(text) > textBytesMax) return rejected("TOO_LARGE", "The text is too long.")
      const bytes = Buffer.from(text, "utf8")
      const written = await writeJailed(folder.path, path, bytes, `.counterfoil-${call.idempotencyKey}`)
      if (written.ok) return succeeded({ path, bytes: bytes.length })
      return written.problem === "IO_FAILED"
        ? notSent("the file could not be written")
        : rejected(written.problem, "The file cannot be written.")
    },
  )

function rootOf(config: FsConfig, name: string): FsConfig["roots"][string] | undefined {
  return Object.hasOwn(config.roots, name) ? config.roots[name] : undefined
}
