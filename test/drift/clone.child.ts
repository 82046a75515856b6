// The program of a scratch clone, which runs one command after another for as long as its sources stay as they are.
// Owns: answering each command with how it ended and what it printed. Its only argument is the folder of the clone.
// It enters where the program does, behind `main.ts`; a command that ends the process ends it here as well.

import { flushCompileCache } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Io, runCli } from "@counterfoil/cli"

// What is loaded is the clone's own, of the same types.
const ownModule = (name: string): Promise<unknown> =>
  import(pathToFileURL(join(process.argv[2] ?? "", "adapters/cli/src", name)).href)
const own = (await ownModule("run-cli.ts")) as { readonly runCli: typeof runCli }
const { processIo } = (await ownModule("io.ts")) as { readonly processIo: (noInput: boolean) => Io }
const io = processIo(true)

process.on("message", (words: readonly string[]) => {
  let out = ""
  const heard = (text: string): void => {
    out += text
  }
  void own.runCli(words, { ...io, out: heard }).then((exit) => {
    // For the next program of this clone, which has most of the sources as they are now.
    flushCompileCache()
    process.send?.({ exit, out })
  })
})
