#!/usr/bin/env node
// The program `counterfoil`.
// `--version` loads nothing else. Does not own: the commands (commands/).

import { readFileSync } from "node:fs"

const argv = process.argv.slice(2)
if (argv[0] === "--version") {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stdout.write(
    `counterfoil ${typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown"}\n`,
  )
} else {
  // When the reader has closed the pipe, a command that still prints ends. A command that had already ended keeps its exit
  // code: the pipe's error arrives after the code is set.
  process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE") process.exit(process.exitCode ?? 0)
  })
  const { keepCompiled } = await import("./compile-cache.ts")
  keepCompiled(argv[0], process.env)
  const { runCli } = await import("./run-cli.ts")
  process.exitCode = await runCli(argv)
}
