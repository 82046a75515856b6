// The corpus before other tools: every difference of opinion has its reason, and the page says so.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { rootFolder } from "../architecture/source-tree.ts"
import { fieldCases, sameCases, type FieldCase } from "./corpus/fields.ts"
import { presenceCases } from "./corpus/presence.ts"
import { reasonFor, reasons } from "./peer-reasons.ts"
import { opinionsOn, type Opinion, type Peer } from "./peers.ts"

const peers = ["json-schema-diff", "api-smart-diff"] as const
const inField = (one: FieldCase): FieldCase => ({
  ...one,
  before: z.strictObject({ field: one.before }),
  after: z.strictObject({ field: one.after }),
})
let opinions: readonly Opinion[] = []
beforeAll(async () => {
  const cases = [...[...fieldCases, ...sameCases].map(inField), ...presenceCases]
  opinions = (await Promise.all(cases.map(opinionsOn))).flat()
})

const differences = (peer: Peer): readonly Opinion[] =>
  opinions.filter((one) => one.theirs[peer] !== one.ours)
const nameOf = ({ part, says, ours, theirs }: Opinion, peer: Peer): string =>
  `${part} ${says}: ours ${ours}, theirs ${theirs[peer]}`

describe.each(peers)("where %s answers differently", (peer) => {
  test("there is a written reason for each difference", () => {
    const unexplained = differences(peer).filter((one) => reasonFor(peer, one) === undefined)
    expect(unexplained.map((one) => nameOf(one, peer))).toEqual([])
  })

  test("every reason explains a difference that there is", () => {
    const used = new Set(differences(peer).map((one) => reasonFor(peer, one)))
    expect(reasons.filter((reason) => reason.peer === peer && !used.has(reason))).toEqual([])
  })
})

test("no tool alarms about an input that ours calls safe and that refuses what was accepted", () => {
  // What the set comparison calls removed values is exactly what breaks callers; it is the stricter of the two.
  const missed = opinions.filter(
    ({ part, ours, theirs }) => part === "input" && ours === "pass" && theirs["json-schema-diff"] === "alarm",
  )
  expect(missed).toEqual([])
})

describe("docs/DRIFT.md", () => {
  test("has the comparison that the corpus makes, number by number", async () => {
    const file = join(rootFolder, "docs/DRIFT.md")
    const [start, end] = ["<!-- peers: made from test/drift/peers.ts -->\n", "<!-- /peers -->"]
    const [head, rest] = readFileSync(file, "utf8").split(start)
    const [, tail] = (rest ?? "").split(end)
    await expect(`${head}${start}\n${table()}\n\n${end}${tail}`).toMatchFileSnapshot(file)
  })
})

function table(): string {
  const totals = peers.map((peer) => {
    const differing = differences(peer).length
    return `| ${peer} | ${opinions.length} | ${opinions.length - differing} | ${differing} |`
  })
  const rows = reasons.map((reason) => {
    const explained = differences(reason.peer).filter((one) => reasonFor(reason.peer, one) === reason)
    const alarms = (whose: (one: Opinion) => string) =>
      explained.filter((one) => whose(one) === "alarm").length
    return `| ${reason.peer} | ${alarms((one) => one.ours)} | ${alarms((one) => one.theirs[reason.peer])} | ${reason.why} |`
  })
  return [
    "| tool | answers | as ours | differs |",
    "| --- | --- | --- | --- |",
    ...totals,
    "",
    "| tool | only we alarm | only it alarms | why |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n")
}
