// `bundle verify` as a script calls it: a word, a document and an exit code say what was proven, and no more.

import { describe, expect, test } from "vitest"
import { runCli } from "@counterfoil/cli"
import type { TraceEntry } from "@counterfoil/contracts"
import { commandIo } from "../support/command-io.ts"
import { verifyWhole } from "./both.ts"
import { rehashed } from "./forge.ts"
import { approvedStart, change } from "./forgeries/forgery.ts"
import { bundleOf, recordExecution, type Recording } from "./record-execution.ts"
import { reviewKeys } from "./world.ts"

const listed = reviewKeys.map(({ keyId, human, spki, enrolledAt }) => ({ keyId, human, spki, enrolledAt }))
const keyList = (items: readonly object[]): Uint8Array => new TextEncoder().encode(JSON.stringify({ items }))
/** The list of keys, with each key spelled so. */
const keysWith = (spelled: (spki: string) => string): Uint8Array =>
  keyList(listed.map((key) => ({ ...key, spki: spelled(key.spki) })))

const spellings: { readonly [path: string]: Uint8Array } = {
  "unpadded.json": keysWith((spki) => spki.replace(/=+$/, "")),
  "url.json": keysWith((spki) => Buffer.from(spki, "base64").toString("base64url")),
  "newline.json": keysWith((spki) => `${spki}\n`),
  "twice.json": keyList([...listed, ...listed]),
  "other-id.json": keyList(listed.map((key) => ({ ...key, keyId: "0".repeat(64) }))),
  "broken-line.json": keysWith((spki) => `${spki.slice(0, 30)}\n${spki.slice(30)}`),
}

/** Runs the command on files that are not on a disk. */
async function verify(bytes: Uint8Array, ...flags: readonly string[]) {
  const files: { readonly [path: string]: Uint8Array } = {
    ...spellings,
    "exe.bundle": bytes,
    "keys.json": keysWith((spki) => spki),
  }
  let out = ""
  const io = commandIo({
    env: { HOME: "/nowhere" },
    now: () => 0,
    out: (text) => {
      out += text
    },
    read: (path) => files[path] ?? new Uint8Array(),
  })
  const exit = await runCli(["bundle", "verify", "exe.bundle", ...flags], io)
  return { exit, out }
}

const resultOf = ({ exit, out }: { readonly exit: number; readonly out: string }) => {
  const { result, proven } = JSON.parse(out) as {
    readonly result: string
    readonly proven: { readonly head: string; readonly ended: boolean }
  }
  return [exit, result, proven.head, proven.ended]
}

const headOf = (entries: readonly TraceEntry[]): string => `${entries.length}:${entries.at(-1)?.hash ?? ""}`

/** An execution under a signed approval whose contracts the command itself can decide again. */
const recording: Recording = (() => {
  for (let seed = 5_000; seed < 5_400; seed++) {
    const found = recordExecution({ seed })
    const plan = JSON.stringify(found.entries[1]?.payload)
    if (approvedStart(found, "high", "ed25519") === null || /support\.refund|payments\.refund@/.test(plan))
      continue
    if (verifyWhole(bundleOf(found).bytes).proven.ended) return found
  }
  throw new Error("no such execution")
})()
const { bytes } = bundleOf(recording)
const trusted = ["--keys", "keys.json", "--json"] as const

describe("bundle verify", () => {
  test("ends with 0 for a bundle that ends in the head that was kept, and says verified", async () => {
    const head = headOf(recording.entries)
    expect(resultOf(await verify(bytes, ...trusted, "--head", head))).toEqual([
      0,
      "verified",
      "compared",
      true,
    ])
    const { out } = await verify(bytes, "--keys", "keys.json", "--head", head)
    expect(out).toContain(`verified: no entry was altered, up to entry ${recording.entries.length}`)
  })

  test("without a head says consistent and ends with 1, or with 0 where that was accepted", async () => {
    expect(resultOf(await verify(bytes, ...trusted))).toEqual([1, "consistent", "notCompared", true])
    expect(resultOf(await verify(bytes, ...trusted, "--without-head"))).toEqual([
      0,
      "consistent",
      "notCompared",
      true,
    ])
    expect((await verify(bytes, "--keys", "keys.json")).out).toContain(
      "consistent: not compared with a head kept elsewhere",
    )
  })

  test("with a head that is an earlier entry says up to where, and no more", async () => {
    const head = headOf(recording.entries.slice(0, 3))
    expect(resultOf(await verify(bytes, ...trusted, "--head", head))).toEqual([
      1,
      "consistent",
      "comparedInPart",
      true,
    ])
  })

  test("INV-07 tells a trace that was cut off in the middle: by the kept head, or as one that had not ended", async () => {
    const start = recording.entries.findLastIndex(({ head }) => head.kind.endsWith("step.started@1"))
    const [first, ...rest] = recording.entries.slice(0, start + 1)
    if (first === undefined) throw new Error("nothing started")
    const cut = [first, ...rest] as const
    const half = bundleOf({ entries: cut }).bytes
    expect((await verify(half, ...trusted, "--head", headOf(recording.entries))).exit).toBe(3)
    expect(resultOf(await verify(half, ...trusted))).toEqual([1, "consistent", "notCompared", false])
    expect(resultOf(await verify(half, ...trusted, "--without-head"))).toEqual([
      5,
      "consistent",
      "notCompared",
      false,
    ])
    expect(resultOf(await verify(half, ...trusted, "--head", headOf(cut)))).toEqual([
      5,
      "notEnded",
      "compared",
      false,
    ])
    expect((await verify(half, "--keys", "keys.json")).out).toContain("the execution had not ended")
  })

  test("INV-06 ends with 3 for a forged approval, with any head", async () => {
    const [review] = approvedStart(recording, "high", "ed25519")?.reviews ?? []
    if (review === undefined) throw new Error("nothing was approved")
    const forged = rehashed(
      change(recording.entries, review, ({ signature: _signature, ...payload }) => ({
        ...payload,
        method: "system",
      })),
    )
    for (const more of [[], ["--without-head"], ["--head", headOf(forged)]])
      expect((await verify(bundleOf({ entries: forged }).bytes, ...trusted, ...more)).exit).toBe(3)
  })

  test("without keys or payloads could not check, which is 1 also where no head is asked for", async () => {
    expect(resultOf(await verify(bytes, "--json", "--without-head")).slice(0, 2)).toEqual([
      1,
      "couldNotCheck",
    ])
    const bare = bundleOf(recording, "none").bytes
    expect(resultOf(await verify(bare, ...trusted, "--without-head")).slice(0, 2)).toEqual([
      1,
      "couldNotCheck",
    ])
  })

  test("--head with --without-head, and a file that is not a list of keys, are usage errors", async () => {
    expect(
      (await verify(bytes, ...trusted, "--without-head", "--head", headOf(recording.entries))).exit,
    ).toBe(2)
    expect((await verify(bytes, "--keys", "exe.bundle")).exit).toBe(2)
    expect((await verify(bytes, ...trusted, "--head", "0:sha256:00")).exit).toBe(2)
  })

  test.each(Object.keys(spellings))(
    "keys that are not as key list prints them (%s) are a mistake of the call, for any bundle",
    async (path) => {
      expect((await verify(bytes, "--keys", path, "--without-head")).exit).toBe(2)
      expect((await verify(new Uint8Array(), "--keys", path)).exit).toBe(2)
    },
  )
})
