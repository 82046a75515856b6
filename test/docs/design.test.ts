// The pages for maintainers say what the code says: each table that has a counterpart in code is compared with it.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { tableRows } from "../tidy/markdown.ts"

const read = (...path: readonly string[]): string => readFileSync(join(rootFolder, ...path), "utf8")

describe("docs/policy-lint.md", () => {
  const page = read("docs", "policy-lint.md")
  const codes = tableRows(page, "code").map((row) => (row["code"] ?? "").replaceAll("`", ""))

  test("lists every code that a finding in a policy file can have", () => {
    const type = read("policy", "src", "rules", "issue.ts")
    const inCode = (type.match(/"\w+"/g) ?? []).map((quoted) => quoted.slice(1, -1))
    expect(inCode).toContain("L18")
    expect(codes.toSorted()).toEqual(inCode.toSorted())
  })
})
