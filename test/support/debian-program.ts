// A program of a Debian package, fetched into `.cache/` where it is not installed.
// Owns: finding it, fetching it once. Does not own: what is run with it.
// Nothing is installed on the machine and no rights are needed: the package is unpacked into a folder of this checkout.

import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { delimiter, join } from "node:path"
import { rootFolder } from "../architecture/source-tree.ts"

const cache = join(rootFolder, ".cache", "programs")
const inPackage = ["usr/bin", "usr/sbin"]
const fetchMs = 120_000

/** The path of `program`, from PATH, from Debian's folders or fetched with `debPackage`. Null where none of it goes. */
export function debianProgram(program: string, debPackage: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"]
  const find = (): string | null =>
    [...folders, ...inPackage.map((folder) => join(cache, debPackage, folder))]
      .map((folder) => join(folder, program))
      .find((path) => existsSync(path)) ?? null
  return find() ?? (fetched(debPackage) ? find() : null)
}

/** Downloads and unpacks a package; false where there is no apt, no network, or no such package. */
function fetched(debPackage: string): boolean {
  const folder = join(cache, debPackage)
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync("apt-get", ["download", debPackage], { cwd: folder, stdio: "ignore", timeout: fetchMs })
    const file = readdirSync(folder).find((name) => name.endsWith(".deb"))
    if (file === undefined) return false
    execFileSync("dpkg-deb", ["-x", file, "."], { cwd: folder, stdio: "ignore", timeout: fetchMs })
    rmSync(join(folder, file))
    return true
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return false // Not this kind of machine; who needs the program says so.
  }
}
