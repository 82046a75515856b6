// `npm run watch`: after each save, the tests nearest to what was saved.
// Owns: which folders are watched, and what is printed. Does not own: the choice of tests (choose-tests.ts).

import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { rooms } from "../architecture/may-import.ts"
import { readTree, rootFolder } from "../architecture/source-tree.ts"
import { readOptions } from "../support/read-options.ts"
import { chooseTests } from "./choose-tests.ts"
import { runTests } from "./run-tests.ts"
import { watchFiles } from "./watch-files.ts"

const help = `npm run watch

Waits until a source, a test or a document is saved, and runs the tests that are nearest to it: those that \`npm run check\`
would choose. Ctrl-C ends it.
`

readOptions(help, () => parseArgs({ options: {} }).values)

const ended = new AbortController()
process.once("SIGINT", () => ended.abort())
const folders = [...rooms.flatMap((name) => [`${name}/src`, `${name}/test`]), "test", "docs"]
  .filter((folder, at, all) => all.indexOf(folder) === at && existsSync(join(rootFolder, folder)))
  .filter((folder) => folder !== "test/src" && folder !== "test/test")

watchFiles({ root: rootFolder, folders, signal: ended.signal }, async (paths) => {
  const { files } = chooseTests(readTree(), paths)
  if (files.length === 0) return
  process.stdout.write(`saved: ${paths.join(", ")}\n`)
  await runTests(files)
  process.stdout.write("waiting for the next save; Ctrl-C ends this\n")
})
process.stdout.write(`watching ${folders.join(", ")}; Ctrl-C ends this\n`)
