import { describe, expect, test } from "vitest"
import { runCheck, type Check } from "../architecture/check.ts"
import { layeringChecks } from "../architecture/layering.ts"
import { manifestsFollowTheTable } from "../architecture/manifests.ts"
import { layerFaults } from "../architecture/planted-layers.ts"
import { cleanTree } from "../architecture/planted.ts"
import { treeOf } from "../architecture/source-tree.ts"
import { tidyChecks } from "./checks.ts"
import { untidyFaults } from "./planted-untidiness.ts"

const planted = [...layerFaults, ...untidyFaults]
const checks: readonly Check[] = [...layeringChecks, manifestsFollowTheTable, ...tidyChecks]

describe("a checker is proven by what it must catch", () => {
  test.each(checks)("$name: finds nothing in a clean tree", (check) => {
    expect(runCheck(check, treeOf(cleanTree)).filter(({ at }) => at !== "the tree")).toEqual([])
  })

  test.each(checks)("$name: a tree without anything to look at is a finding", (check) => {
    expect(runCheck(check, treeOf({})).map(({ message }) => message)).toContain("the check saw no input")
  })

  test("every check has a planted fault", () => {
    const proven = new Set(planted.map(({ check }) => check))
    expect(checks.filter(({ name }) => !proven.has(name)).map(({ name }) => name)).toEqual([])
  })

  test.each(planted)("$check: catches $fault", ({ check: name, files, at, says }) => {
    const check = checks.find((each) => each.name === name)
    const findings = check === undefined ? [] : runCheck(check, treeOf({ ...cleanTree, ...files }))
    expect(findings.filter((finding) => finding.at === at && finding.message.includes(says))).not.toEqual([])
  })
})
