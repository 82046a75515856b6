// docs/design/digests.md: its tags are those of the code, and its vectors come out of formulas written here from the page alone.

import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { canonicalBytes, type Json } from "@counterfoil/contracts"
import { tags } from "@counterfoil/contracts/digest"
import { rootFolder } from "../../architecture/source-tree.ts"
import { tableRows } from "../../tidy/markdown.ts"

const read = (path: string): string => readFileSync(join(rootFolder, path), "utf8")
const page = read("docs/design/digests.md")
const quoted = (cell: string | undefined): string => /`([^`]+)`$/.exec(cell ?? "")?.[1] ?? ""

test("every tag has a row, and the file that the row names makes that digest", () => {
  const rows = tableRows(page, "made in")
  expect(rows.map(({ tag }) => quoted(tag)).toSorted()).toEqual(Object.keys(tags).toSorted())
  const made = rows.filter((row) => row["made in"] !== "–")
  expect(made.length).toBeGreaterThan(25)
  const wrong = made.filter((row) => !read(quoted(row["made in"])).includes(quoted(row["tag"])))
  expect(wrong.map((row) => row["tag"])).toEqual([])
})

describe("INV-07 INV-08 the vectors follow from the page", () => {
  const parsed: unknown = JSON.parse(read("contracts/src/digest/vectors.json"))
  const example = parsed as { readonly head: Json; readonly plan: Json }
  const [environment, tenant, execution] = ["production", "acme", "exe_01kaz3v8g0e8r4n2t6w0y3b5d7"]
  const u32 = (n: number): Buffer => Buffer.from(n.toString(16).padStart(8, "0"), "hex")
  const u64 = (n: number): Buffer => Buffer.from(n.toString(16).padStart(16, "0"), "hex")
  const h = (tag: string, ...parts: readonly (string | Uint8Array)[]): Buffer => {
    const hash = createHash("sha256").update(`${tag}\0`)
    for (const part of parts.map((each) => Buffer.from(each))) hash.update(u32(part.length)).update(part)
    return hash.digest()
  }
  const id26 = (bytes: Uint8Array): string => {
    const bits = [...bytes.subarray(0, 16)].map((byte) => byte.toString(2).padStart(8, "0")).join("")
    const fives = `00${bits}`.match(/.{5}/g) ?? []
    return fives.map((five) => "0123456789abcdefghjkmnpqrstvwxyz".charAt(parseInt(five, 2))).join("")
  }
  const planDigest = h("counterfoil.plan.v1", canonicalBytes(example.plan))
  const step = (key: string, index: Uint8Array | string, role: string): string =>
    `stp_${id26(h("counterfoil.step.v1", planDigest, key, index, role))}`
  const h0 = h("counterfoil.genesis.v1", environment, tenant, execution)
  const d1 = h("counterfoil.entry.v1", canonicalBytes(example.head))
  const input = { amount: 4200, chargeId: "ch_81", reason: "damaged" }
  const received = "controlPlane.intent.received@1"
  const results: readonly (string | Buffer)[] = [
    h("counterfoil.test.v1"),
    h("counterfoil.test.v1", "ab", "c"),
    h("counterfoil.test.v1", "a", "bc"),
    id26(Buffer.alloc(16, 0xff)),
    h("counterfoil.input.v1", canonicalBytes(input)),
    h("counterfoil.payload.v1", received, canonicalBytes({ hello: "world" })),
    h0,
    d1,
    h("counterfoil.chain.v1", execution, u64(1), h0, d1),
    planDigest,
    `pln_${id26(planDigest)}`,
    step("refund", "", "do"),
    step("note", "", "undo"),
    step("note", u32(0), "do"),
  ]

  test.each(tableRows(page, "value").map((row, at) => ({ value: row["value"], row, at })))(
    "$value",
    ({ row, at }) => {
      const result = results[at]
      expect(quoted(row["result"])).toBe(typeof result === "string" ? result : result?.toString("hex"))
    },
  )

  test("all of them are compared, and the examples have the stated sizes", () => {
    expect(tableRows(page, "value")).toHaveLength(results.length)
    expect([canonicalBytes(example.head).length, canonicalBytes(example.plan).length]).toEqual([648, 2834])
    expect(page).toContain("648 and 2,834 bytes")
  })
})
