// A checkout to write new sources into: this tree's own packages, with a copy of the folder that is written to.
// Owns: making and removing it. Does not own: what is written there.

import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { rooms } from "../architecture/may-import.ts"
import { rootFolder } from "../architecture/source-tree.ts"

/** How a command ended, and all that it printed. */
export interface Ended {
  readonly exit: number
  readonly printed: string
}

/** A checkout in a folder of its own. */
export interface ScratchCheckout {
  readonly folder: string
  /** Runs the program `counterfoil` in it. */
  counterfoil(...args: readonly string[]): Promise<Ended>
  /** Runs a tool that is installed in this tree. */
  tool(name: string, ...args: readonly string[]): Promise<Ended>
  remove(): void
}

const main = join(rootFolder, "adapters", "cli", "src", "main.ts")
const handlers = join("adapters", "handlers")

/** Makes one. Everything but the handlers is a link into this tree. */
export function scratchCheckout(): ScratchCheckout {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-checkout-"))
  const link = (path: string): void => symlinkSync(join(rootFolder, path), join(folder, path))
  const linkAllOf = (path: string, except: string): void => {
    mkdirSync(join(folder, path), { recursive: true })
    for (const name of readdirSync(join(rootFolder, path))) if (name !== except) link(join(path, name))
  }
  for (const room of new Set(rooms.map((room) => room.split("/")[0] ?? room)))
    if (room !== "adapters" && room !== "test") link(room)
  for (const path of ["node_modules", "package.json", ".oxfmtrc.json"]) link(path)
  linkAllOf("adapters", "handlers")
  linkAllOf(handlers, "src")
  cpSync(join(rootFolder, handlers, "src"), join(folder, handlers, "src"), { recursive: true })
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(typescript))
  writeFileSync(join(folder, "vitest.config.ts"), "export default {}\n")
  const run = (command: string, args: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(
        command,
        args,
        { cwd: folder, env: { ...process.env, "HOME": folder } },
        (error, stdout, stderr) => resolve({ exit: exitOf(error), printed: stdout + stderr }),
      )
    })
  return {
    folder,
    counterfoil: (...args) => run(process.execPath, [main, ...args]),
    tool: (name, ...args) => run(join(rootFolder, "node_modules", ".bin", name), args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const typescript = {
  extends: join(rootFolder, "tsconfig.json"),
  compilerOptions: { incremental: false, typeRoots: [join(rootFolder, "node_modules", "@types")] },
  include: [handlers],
}

const exitOf = (error: Error | null): number => {
  if (error === null) return 0
  return "code" in error && typeof error.code === "number" ? error.code : 1
}
