// The peers' packages, installed when this command first needs them, in a folder that nothing of the product resolves.
// Owns: installing what their lockfile pins, without scripts. Does not own: starting any of it.

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"

/** Where they are. */
export const peersFolder: URL = new URL("../peers/", import.meta.url)

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()) })

/** Name and version of each package that is measured. */
export const peerVersions = (): Readonly<Record<string, string>> =>
  Manifest.parse(JSON.parse(readFileSync(new URL("package.json", peersFolder), "utf8"))).dependencies

/** Installs them. Answers why not, when that fails. */
export function installPeers(): Promise<string | null> {
  const args = ["-y", "pnpm@12.21.0", "install", "--frozen-lockfile", "--ignore-scripts"]
  return new Promise((settle) => {
    const child = spawn("npx", args, {
      cwd: fileURLToPath(peersFolder),
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    })
    let said = ""
    const keep = (part: Buffer): void => {
      said += part.toString("utf8")
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.once("error", (error) => settle(error.message))
    child.once("close", (code) => settle(code === 0 ? null : lastLine(said)))
  })
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "the installation failed"

/** The program of an installed peer, by the folder of the package that names it and by its own path. */
export const peerProgram = (...path: readonly string[]): string =>
  join(fileURLToPath(peersFolder), "node_modules", ...path)
