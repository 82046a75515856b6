#!/usr/bin/env node
// The program `counterfoil`.
// Owns: the way in, and that `--version` loads nothing. Does not own: any command (cli/).

import { readFileSync } from "node:fs"

const argv = process.argv.slice(2)
if (argv[0] === "--version") {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stdout.write(
    `counterfoil ${typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown"}\n`,
  )
} else {
  // A reader that closed the pipe has seen enough, which ends what would go on printing. What had ended keeps its exit
  // code: the pipe's error comes after it is known.
  process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE") process.exit(process.exitCode ?? 0)
  })
  const { keepCompiled } = await import("./compile-cache.ts")
  keepCompiled(argv[0], process.env)
  const { runCli } = await import("./run-cli.ts")
  process.exitCode = await runCli(argv)
}
