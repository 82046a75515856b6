import { describe, expect, test } from "vitest"
import { printFindings, runCheck } from "../architecture/check.ts"
import { readTree } from "../architecture/source-tree.ts"
import { tidyChecks } from "./checks.ts"

const tree = readTree()

describe("the tree is tidy", () => {
  test.each(tidyChecks)("$name", (check) => {
    expect(printFindings(runCheck(check, tree))).toBe("")
  })
})
