// docs/design/tampering.md lists the corpus of forgeries, by the check that finds each.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { rootFolder } from "../../architecture/source-tree.ts"
import { everyForgery } from "../../replay/forgeries/every-forgery.ts"

const path = join(rootFolder, "docs", "design", "tampering.md")
const markers = { start: "<!-- forgeries: made from the corpus -->\n", end: "<!-- /forgeries -->\n" }
/** In the order of the checks. HEAD is CHAIN with a head that was kept elsewhere. */
const checks = [
  "FORMAT",
  "BLOB",
  "SEQUENCE",
  "CHAIN",
  "HEAD",
  "PAYLOAD",
  "APPROVAL",
  "CONSUMPTION",
  "DERIVE",
] as const

test("the page lists every forgery under the check that finds it (npm run golden -- --update)", async () => {
  const sections = checks.map((check) => {
    const found = everyForgery.filter(({ by }) => by === check)
    return [`### ${check}`, "", ...found.map(({ says }) => `- ${says}`), ""].join("\n")
  })
  const [before, after] = readFileSync(path, "utf8").split(
    /<!-- forgeries: made from the corpus -->\n[^]*<!-- \/forgeries -->\n/,
  )
  const list = `${markers.start}\n${sections.join("\n")}\n${markers.end}`
  await expect(`${before ?? ""}${list}${after ?? ""}`).toMatchFileSnapshot(path)
})
