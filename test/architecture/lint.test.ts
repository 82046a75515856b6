import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { rootFolder } from "./source-tree.ts"

const reportShape = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
  number_of_files: z.number(),
})

const faults: readonly (readonly [rule: string, path: string, code: string])[] = [
  ["eslint(no-restricted-imports)", "planner/src/sibling.ts", `export { a } from "@counterfoil/store"`],
  [
    "eslint(no-restricted-imports)",
    "planner/src/type-alone.ts",
    `export type { A } from "@counterfoil/policy"`,
  ],
  ["eslint(no-restricted-imports)", "policy/src/node.ts", `import "node:fs"`],
  ["eslint(no-restricted-imports)", "executor/core/src/effect.ts", `import "effect/Effect"`],
  ["eslint(no-restricted-imports)", "executor/worker/src/barrel.ts", `import "effect"`],
  ["typescript(no-floating-promises)", "adapters/server/src/floating.ts", "Promise.resolve(1)"],
  [
    "typescript(no-unsafe-member-access)",
    "adapters/server/src/unsafe.ts",
    `export const a = JSON.parse("{}").b`,
  ],
  [
    "typescript(switch-exhaustiveness-check)",
    "adapters/server/src/switch.ts",
    `export function f(k: "a" | "b"): void { switch (k) { case "a": break } }`,
  ],
  ["typescript(no-explicit-any)", "adapters/server/src/any.ts", "export type A = any"],
  [
    "typescript(no-non-null-assertion)",
    "adapters/server/src/bang.ts",
    "export const f = (a?: number): number => a!",
  ],
]
const allowed: readonly (readonly [path: string, code: string])[] = [
  ["contracts/src/digest/sha256.ts", `import "node:crypto"`],
  ["executor/worker/src/shell.ts", `import "effect/Effect"`],
  ["policy/src/cedar.ts", `import "@cedar-policy/cedar-wasm/nodejs"`],
]

const folder = mkdtempSync(join(tmpdir(), "counterfoil-lint-"))
afterAll(() => rmSync(folder, { recursive: true }))

describe("the linter catches what it is there for", () => {
  const found = lintOf([...faults.map(([, path, code]) => [path, code] as const), ...allowed])

  test("it saw every planted file", () => {
    expect(found.number_of_files).toBe(faults.length + allowed.length)
  })

  test.each(faults)("%s in %s", (rule, path) => {
    expect(found.diagnostics).toContainEqual({ code: rule, filename: path })
  })

  test.each(allowed)("%s may import what its row of the table allows", (path) => {
    expect(found.diagnostics.filter(({ filename }) => filename === path)).toEqual([])
  })
})

function lintOf(files: readonly (readonly [path: string, code: string])[]): z.infer<typeof reportShape> {
  for (const [path, code] of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), `${code}\n`)
  }
  const compilerOptions = { strict: true, module: "nodenext", target: "esnext", types: [], noEmit: true }
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*/src", "*/*/src"] }),
  )
  copyFileSync(join(rootFolder, ".oxlintrc.json"), join(folder, ".oxlintrc.json"))
  const program = join(rootFolder, "node_modules", ".bin", "oxlint")
  const { stdout } = spawnSync(program, ["--format=json"], {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  })
  return reportShape.parse(JSON.parse(stdout))
}
