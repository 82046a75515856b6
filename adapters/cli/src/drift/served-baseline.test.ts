import { lockOf, compareLocks, type ContractLock } from "@counterfoil/contracts/drift"
import { controlPlaneContracts, makeRegistry, type ContractRef, type Registry } from "@counterfoil/contracts"
import { programVersion } from "../program-version.ts"
import { expect, test } from "vitest"
import { configuredContracts, installedRegistry } from "../offline/installed.ts"
import { driftMarkdown } from "./print/markdown.ts"
import { driftText } from "./print/text.ts"
import { lockLines, reportOf } from "./report.ts"
import { comparable } from "./served-baseline.ts"

const whole = installedRegistry(undefined)
const sections = configuredContracts()
const today = "2026-11-21"

/** The same release with fewer sections: a server whose operator left the others out. */
const withSections = (...configured: readonly string[]): Registry => {
  const isServed = (ref: ContractRef): boolean => {
    const section = sections.get(ref)
    return section === undefined || configured.includes(section)
  }
  return makeRegistry(
    whole.contracts.filter(({ ref }) => isServed(ref)),
    whole.capabilities,
  )
}
const lock = (registry: Registry): ContractLock => lockOf(registry, programVersion(), [])
const compared = (served: ContractLock, made: ContractLock) => {
  const { before, after, notCompared } = comparable(served, made, sections)
  return { ...compareLocks({ before, after, today }), notCompared }
}

test("unchanged code against a server with fewer sections has no finding, and says what was not compared", () => {
  const { findings, notChecked, notCompared } = compared(lock(withSections("fs")), lock(whole))
  expect([findings, notChecked]).toEqual([[], []])
  expect(notCompared.map(({ why }) => why)).toEqual([
    "the server is not configured with git",
    "the server is not configured with http",
    "the server is not configured with process",
  ])
  expect(notCompared[0]?.contracts).toContain("git.log.read@1")
})

test("a section that only the server has is not compared either", () => {
  const { findings, notCompared } = compared(lock(whole), lock(withSections("git", "fs", "http")))
  expect(findings).toEqual([])
  expect(notCompared.map(({ why }) => why)).toEqual(["the tree is not configured with process (--data)"])
})

test("what both sides could have is compared: a removed contract without a section, and a changed one of a section", () => {
  const rendering = "text.template.render@1"
  const gone = makeRegistry(
    whole.contracts.filter(({ ref }) => ref !== rendering),
    whole.capabilities,
  )
  const removed = compared(lock(whole), lock(gone))
  expect(removed.findings.map(({ rule, contract }) => `${rule} ${contract}`)).toContain(`C001 ${rendering}`)
  const served = lock(withSections("fs"))
  const read = served.contracts["fs.file.read@1"]
  if (read === undefined) throw new Error("the section fs has a contract that reads")
  const other: ContractLock = {
    ...served,
    contracts: { ...served.contracts, "fs.file.read@1": { ...read, http: "GET /elsewhere" } },
  }
  expect(compared(other, lock(whole)).findings.map(({ rule }) => rule)).toContain("C081")
})

test("a server keeps no acknowledgements, so earlier ones of the tree are not findings", () => {
  const acknowledged = {
    rule: "C031",
    contract: "fs.file.read@1",
    from: null,
    to: null,
    reason: "an earlier change",
    owner: "ai-runtime",
    expires: "2026-12-01",
  }
  const made = lockOf(whole, programVersion(), [acknowledged])
  expect(compared(lock(whole), made).findings).toEqual([])
})

test("the contracts of the control plane belong to no section", () => {
  expect(controlPlaneContracts.filter(({ ref }) => sections.has(ref))).toEqual([])
})

test("a report says what was not compared, and is clean", () => {
  const report = reportOf({
    baseline: "https://control.example.org",
    failOn: "risky",
    asked: new Set(["contracts"]),
    lines: lockLines("contracts.lock.json", null),
    ...compared(lock(withSections("git", "fs", "http")), lock(whole)),
    findings: [],
    notChecked: [],
  })
  expect(report.result).toBe("clean")
  const said =
    "not compared: process.command.read@1, process.command.run@1: the server is not configured with process"
  expect(driftText(report).split("\n")[0]).toBe(said)
  expect(driftMarkdown(report)).toContain("the server is not configured with process")
})
