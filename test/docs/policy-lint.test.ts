// docs/policy-lint.md lists the codes that findings in policy files have.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { tableRows } from "../tidy/markdown.ts"

const read = (...path: readonly string[]): string => readFileSync(join(rootFolder, ...path), "utf8")

test("the page lists every code that a finding in a policy file can have", () => {
  const codes: readonly string[] = tableRows(read("docs", "policy-lint.md"), "code").map((row) =>
    (row["code"] ?? "").replaceAll("`", ""),
  )
  const types = read("policy", "src", "rules", "issue.ts")
  const inCode = (types.match(/"\w+"/g) ?? []).map((quoted) => quoted.slice(1, -1))
  expect(inCode).toContain("L18")
  expect(codes.toSorted()).toEqual(inCode.toSorted())
})
