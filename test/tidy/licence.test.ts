// The licence, and what else a tool reads at the root beside package.json.

import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { z } from "zod"
import { rootFolder } from "../architecture/source-tree.ts"

const textOf = (path: string): string => readFileSync(join(rootFolder, path), "utf8")
const Manifest = z.object({
  license: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})
const packages = readdirSync(rootFolder, { withFileTypes: true })
  .filter((item) => item.isDirectory() && existsSync(join(rootFolder, item.name, "package.json")))
  .map(({ name }) => `${name}/package.json`)

test("LICENSE is the standard text of the Apache License 2.0, unchanged", () => {
  const digest = createHash("sha256").update(textOf("LICENSE")).digest("hex")
  // Of the text that GitHub and npm packages carry; apache.org's has an empty first line.
  expect(digest).toBe("c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4")
})

test("every manifest of the workspace names the licence by its SPDX identifier", () => {
  expect(packages.length).toBeGreaterThan(1)
  const others = ["package.json", ...packages].filter(
    (path) => Manifest.parse(JSON.parse(textOf(path))).license !== "Apache-2.0",
  )
  expect(others).toEqual([])
})

test(".node-version names the Node that is installed with the dependencies", () => {
  const installed = Object.values(Manifest.parse(JSON.parse(textOf("package.json"))).optionalDependencies)
  expect(new Set(installed)).toEqual(new Set([textOf(".node-version").trim()]))
})
