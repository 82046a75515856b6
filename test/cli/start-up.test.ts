// What a command loads before it does anything, and what it keeps for the next one: a program of its own, with a home of its own.

import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"

const run = promisify(execFile)
const program = join(rootFolder, "adapters", "cli", "src", "main.ts")
/** Writes the address of each module that is loaded to stderr. */
const watching = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from "node:module"
   registerHooks({ load: (url, context, next) => (console.error("loaded " + url), next(url, context)) })`,
)}`

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "counterfoil-start-up-"))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const calling = async (...words: readonly string[]) => {
  const { NODE_COMPILE_CACHE: _cache, XDG_CACHE_HOME: _xdg, ...env } = process.env
  const { stdout, stderr } = await outputOf(
    run(process.execPath, ["--import", watching, program, ...words], { env: { ...env, HOME: home } }),
  )
  const loaded = [...stderr.matchAll(/^loaded (.+)$/gm)].map(([, url = ""]) => url)
  return { stdout, stderr, loaded, libraries: loaded.filter((url) => url.includes("/node_modules/")) }
}

/** What a program printed, however it ended. */
const outputOf = (
  ended: Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  ended.catch((cause: unknown) => {
    if (cause instanceof Error && "stdout" in cause && "stderr" in cause)
      return { stdout: String(cause.stdout), stderr: String(cause.stderr) }
    throw cause
  })

describe("a command starts", { timeout: 30_000 }, () => {
  test("next to nothing where it shows its version, and no contracts where it shows help", async () => {
    const version = await calling("--version")
    expect(version.stdout).toMatch(/^counterfoil \d/)
    expect(version.loaded.filter((url) => url.startsWith("file:"))).toEqual([pathToFileURL(program).href])
    const help = await calling("--help")
    expect(help.stdout).toContain("queue list")
    expect(help.loaded.length).toBeGreaterThan(5)
    expect(help.libraries.filter((url) => !url.includes("/commander/"))).toEqual([])
    // The words for what the system refuses are beside the contracts, and load none of them.
    const nouns = help.loaded.filter(
      (url) => url.includes("/contracts/") && !url.endsWith("/system-error.ts"),
    )
    expect(nouns).toEqual([])
  })

  test("with the few libraries that asking a server takes, where it asks one", async () => {
    const listing = await calling("queue", "list", "--url", "http://127.0.0.1:9")
    expect(listing.stderr).toContain("SERVER_UNREACHABLE")
    const names = listing.libraries.map((url) => /.*\/node_modules\/((@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url)
    expect([...new Set(names)].toSorted((a, b) => a.localeCompare(b))).toEqual([
      "commander",
      "picocolors",
      "zod",
    ])
    const ours = listing.loaded.filter((url) =>
      /\/(policy|planner|executor|store|replay)(\/\w+)?\/src\//.test(url),
    )
    expect(ours).toEqual([])
  })

  test("with the code that an earlier one compiled, and a process of an installation keeps none", async () => {
    const folder = join(home, ".cache", "counterfoil", "compile")
    rmSync(folder, { recursive: true, force: true })
    await calling("serve", "--help")
    expect(existsSync(folder)).toBe(false)
    await calling("queue", "list", "--help")
    expect(readdirSync(folder, { recursive: true }).length).toBeGreaterThan(100)
  })
})
