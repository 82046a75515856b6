// A plan function is code and in no document: the lock knows it by what it draws from the examples.

import { expect, test } from "vitest"
import { z } from "zod"
import { defineCapability, defineIntent } from "../define/define.ts"
import type { FillDraft } from "../define/drawn.ts"
import { makeRegistry } from "../define/registry.ts"
import { SemVer } from "../primitives.ts"
import { compareLocks } from "./compare-locks.ts"
import { lockOf, lockText } from "./make-lock.ts"
import { readLock } from "./read-lock.ts"

const meta = {
  title: "Order something",
  goal: "What was asked for is ordered, once.",
  context: "For tests of plan functions, and for nothing else.",
  owners: ["tests"],
  tags: ["test"],
  stability: "stable" as const,
}
const draft = (because: string, input: string): FillDraft => ({
  steps: [{ key: "a", contract: "a.b@1", input, after: [], when: null, each: null, undo: false, because }],
  output: null,
})
const books = [{ title: "a book", input: { item: "book" } }]
const lockWith = (
  plan: (input: { readonly item: string }) => FillDraft,
  { version = "1.0.0", examples = books }: { version?: string; examples?: typeof books } = {},
) =>
  lockOf(
    makeRegistry(
      [
        defineIntent({
          name: "tests.order",
          version,
          meta,
          capability: "tests.order",
          input: z.strictObject({ item: z.string() }),
          output: z.null(),
          examples,
          plan,
        }),
      ],
      [defineCapability({ name: "tests.order", requires: [], meta })],
    ),
    SemVer.parse("1.0.0"),
    [],
  )
const found = (before: ReturnType<typeof lockWith>, after: ReturnType<typeof lockWith>) =>
  compareLocks({ before, after, today: "2026-11-21" }).findings.map(
    ({ rule, class: grave }) => `${rule} ${grave}`,
  )

const asked = lockWith(({ item }) => draft("it was asked for", item))

test("a changed plan function under the same version is a finding, without any look at work", () => {
  expect(
    found(
      asked,
      lockWith(({ item }) => draft("it was asked for", `two of ${item}`)),
    ),
  ).toEqual(["C046 breaking"])
  expect(
    found(
      asked,
      lockWith(({ item }) => draft("it was asked for", item)),
    ),
  ).toEqual([])
})

test("under a higher version it is safe, and so is one more example", () => {
  expect(
    found(
      asked,
      lockWith(({ item }) => draft("now", item), { version: "1.1.0" }),
    ),
  ).toEqual(["C046 safe"])
  const more = lockWith(({ item }) => draft("it was asked for", item), {
    examples: [...books, { title: "a pen", input: { item: "pen" } }],
  })
  expect(found(asked, more).filter((one) => one.startsWith("C08"))).toEqual([])
})

test("a lock without drafts is read as before, and the plan function is said not to be compared", () => {
  const read = readLock(new TextEncoder().encode(lockText(asked)))
  expect(read.ok && read.value.contracts["tests.order@1"]?.drafts).toEqual(
    asked.contracts["tests.order@1"]?.drafts,
  )
  const { drafts: _drafts, ...older } = asked.contracts["tests.order@1"] ?? {}
  const before = { ...asked, contracts: { "tests.order@1": older } } as typeof asked
  expect(found(before, asked)).toEqual(["C047 safe"])
})
