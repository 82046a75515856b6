// Reads the bytes of a bundle from a file.
// A file that cannot be read is "could not check" (exit 1), not "altered" (exit 3).

import { CliError } from "../cli-error.ts"
import type { Io } from "../io.ts"

/** The bytes. Errors: a file that cannot be read. */
export function readBundleFile(io: Io, path: string): Uint8Array {
  try {
    return io.read(path)
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : `${path} cannot be read.`
    throw new CliError(sentence, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix: "counterfoil bundle verify --help",
    })
  }
}
