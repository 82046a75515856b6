// What must hold of the journal: the chain, the fences, the projections, time, replay, and that nothing accepted is lost.
// Owns: these checks. The chain is hashed here a second time, from the page that defines it, with Node alone.

import { createHash } from "node:crypto"
import {
  addMs,
  BundleId,
  canonical,
  canonicalBytes,
  contractMediaType,
  policySourceMediaType,
  type Json,
  type TraceEntry,
} from "@counterfoil/contracts"
import { projectApprovals, projectExecution } from "@counterfoil/core"
import { signedBy } from "@counterfoil/gate"
import { openReplay, verifyEvidence, type Bundle } from "@counterfoil/replay"
import { blobDigest } from "@counterfoil/contracts/digest"
import { environment, reviewKeys, start, tenant } from "../../replay/world.ts"
import { engine, policySets, policySource, policyVersions, registry } from "../contracts.ts"
import { each, together, type Check, type Finding, type InspectedExecution } from "./inspected.ts"

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
const raw = (digest: string): Buffer => Buffer.from(digest.replace("sha256:", ""), "hex")

/** The one hash formula (`contracts/src/digest/tagged-hash.ts`), written a second time. */
export function hashOf(tag: string, ...parts: readonly (string | Uint8Array)[]): string {
  const chunks: Buffer[] = [Buffer.from(`${tag}\0`)]
  for (const part of parts) {
    const bytes = Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    chunks.push(length, bytes)
  }
  return sha(Buffer.concat(chunks))
}

/** A 32-bit number as its four bytes. */
export function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const chain: Check = {
  name: "the chain verifies",
  shows: "INV-07",
  run: ({ executions }) =>
    together(
      executions.map(({ entries, row }) => {
        let before = hashOf("counterfoil.genesis.v1", environment, tenant, row.executionId)
        return each(entries, (entry) => {
          const fault = linkFault(entry, before, entries.indexOf(entry) + 1)
          before = entry.hash.replace("sha256:", "")
          return fault === null ? null : `${row.executionId} ${entry.head.seq}: ${fault}`
        })
      }),
    ),
}

function linkFault(entry: TraceEntry, before: string, place: number): string | null {
  // The replay checks that these bytes encode these values: it encodes them again.
  const { head, headBytes, payload, payloadBytes, digest, prevHash, hash } = entry
  if (head.seq !== place) return "a gap in seq"
  if (payloadBytes === null || payload === null) return "no payload"
  if (`sha256:${hashOf("counterfoil.payload.v1", head.kind, payloadBytes)}` !== head.payloadDigest)
    return "payload digest"
  if (`sha256:${hashOf("counterfoil.entry.v1", headBytes)}` !== digest) return "entry digest"
  if (prevHash !== `sha256:${before}`) return "previous hash"
  const seq = Buffer.alloc(8)
  seq.writeBigUInt64BE(BigInt(head.seq))
  const link = hashOf("counterfoil.chain.v1", head.executionId, seq, raw(prevHash), raw(digest))
  return hash === `sha256:${link}` ? null : "chain hash"
}

const fences: Check = {
  name: "every append is by the current fence",
  shows: "INV-07",
  run: ({ facts: { book } }) => {
    const heads = new Map<string, number>()
    return each(book.commits, ({ append, fence, at }) => {
      const { executionId, entries, expect } = append
      const head = heads.get(executionId) ?? 0
      heads.set(executionId, expect.seq + entries.length)
      if (expect.seq !== head)
        return `${executionId} at ${at}: appended after ${expect.seq}, the head was ${head}`
      if (append.fence !== fence)
        return `${executionId} at ${at}: fence ${append.fence}, the row had ${fence}`
      const other = entries.find((entry) => entry.head.fence !== append.fence)
      return other === undefined
        ? null
        : `${executionId}: an entry of fence ${other.head.fence} under ${append.fence}`
    })
  },
}

const leases: Check = {
  name: "a lease has one holder and each claim a new fence",
  shows: "INV-07",
  run: ({ facts: { book } }) => {
    const last = new Map<string, number>()
    return each(book.claims, ({ executionId, fence, heldUntil, at }) => {
      const before = last.get(executionId) ?? -1
      last.set(executionId, fence)
      if (fence <= before) return `${executionId} at ${at}: fence ${fence} was used before`
      return heldUntil === null ? null : `${executionId} at ${at}: taken although held until ${heldUntil}`
    })
  },
}

const renewals: Check = {
  name: "a lease is kept only by who holds it",
  shows: "INV-07",
  run: ({ facts: { book } }) =>
    each(book.renewals, ({ at, executionId, isHeld, kept }) =>
      kept && !isHeld ? `${executionId} at ${at}: kept by a process that had lost it` : null,
    ),
}

const spinning: Check = {
  name: "no process claims the same work again and again for nothing",
  shows: "INV-14",
  run: ({ facts: { book } }) =>
    each(book.claims, ({ executionId, at }) => {
      const near = (one: { readonly at: number }): boolean => one.at > at - spinMs && one.at <= at
      const claims = book.claims.filter((one) => one.executionId === executionId && near(one)).length
      const commits = book.commits.filter(
        ({ append, ...one }) => append.executionId === executionId && near(one),
      ).length
      return claims - commits > claimsForNothingMax
        ? `${executionId} at ${at}: claimed ${claims} times in a second`
        : null
    }),
}
const spinMs = 1_000
const claimsForNothingMax = 12

const projections: Check = {
  name: "stored projections are the fold of the trace",
  shows: "INV-08",
  run: ({ executions, facts: { book } }) =>
    each(executions, ({ row, execution, approvals, entries }) => {
      if (execution === null) return `${row.executionId}: the trace does not fold`
      const { wakeAt: _wakeAt, ...stored } = row
      if (!same(stored, projectExecution(execution)))
        return `${row.executionId}: another row than its trace says`
      const sorted = (rows: typeof approvals) =>
        rows.toSorted((a, b) => (a.approvalId < b.approvalId ? -1 : 1))
      if (!same(sorted(approvals), sorted(projectApprovals(execution))))
        return `${row.executionId}: another queue`
      const seen = book.commits.filter(({ append }) => append.executionId === row.executionId)
      const written = seen.reduce((sum, { append }) => sum + append.entries.length, 0)
      return written === entries.length
        ? null
        : `${row.executionId}: ${entries.length} entries, ${written} written`
    }),
}

const same = (a: object, b: object): boolean =>
  sha(canonicalBytes(a as Json)) === sha(canonicalBytes(b as Json))

const times: Check = {
  name: "entry times are the database's and ascend",
  shows: "INV-07",
  run: ({ executions }) =>
    together(
      executions.map(({ told, row }) => {
        let before = ""
        return each(told, ({ time, seq, commit }) => {
          const back = time < before
          before = time
          if (back) return `${row.executionId} ${seq}: time goes back`
          if (commit === null) return `${row.executionId} ${seq}: the database saw no such commit`
          const ahead = Date.parse(time) - Date.parse(commit.time)
          return ahead > aheadMsMax ? `${row.executionId} ${seq}: ${ahead} ms ahead of the database` : null
        })
      }),
    ),
}
// A clock that drifts by half a percent between two answers of the database.
const aheadMsMax = 2_000

const replay = openReplay({ installed: registry, engine, mode: "recorded" })
const blobOf = (mediaType: string, value: Json) => {
  const bytes = canonicalBytes(value)
  return { digest: blobDigest(bytes), mediaType, bytes }
}
const policyTexts = policyVersions.map((versions) => blobOf(policySourceMediaType, policySource(versions)))
const sourceDigests = policyTexts.map(({ digest }) => digest)
const blobs = [
  ...registry.contracts.map(({ document }) => blobOf(contractMediaType, document)),
  ...policyTexts,
].toSorted((a, b) => (a.digest < b.digest ? -1 : 1))

const replays: Check = {
  name: "a replay derives the same bytes",
  shows: "INV-08",
  run: ({ executions }) => together(executions.map(replayed)),
}

function replayed({ entries, row }: InspectedExecution): Finding {
  const [first, ...rest] = entries
  if (first === undefined) return { seen: 0, faults: [] }
  const report = replay(bundleOf([first, ...rest]))
  if (!report.ok) return { seen: 1, faults: [`${row.executionId}: ${JSON.stringify(report.error)}`] }
  const { first: divergence, unverifiable } = report.value
  const [gap] = unverifiable
  const found = divergence ?? gap ?? null
  return { seen: 1, faults: found === null ? [] : [`${row.executionId}: ${JSON.stringify(found)}`] }
}

// The same bundle that `counterfoil export` would write; no file is written, because the checks read the value.
function bundleOf(entries: readonly [TraceEntry, ...TraceEntry[]]): Bundle {
  const last = entries.at(-1) ?? entries[0]
  return {
    ...anyBundle,
    header: {
      ...anyBundle.header,
      executionId: last.head.executionId,
      head: { seq: last.head.seq, hash: last.hash },
    },
    entries: entries.map(({ head, hash, payload }) => ({
      type: "entry",
      head,
      hash,
      payloadState: payload === null ? "erased" : "present",
      payload,
    })),
  }
}
const anyBundle: Omit<Bundle, "header"> & {
  readonly header: Omit<Bundle["header"], "executionId" | "head">
} = {
  header: {
    type: "header",
    format: "counterfoil.bundle/1",
    bundleId: BundleId.parse("bun_01kaz3v8g0e8r4n2t6w0y3b5d7"),
    environment,
    tenant,
    createdAt: addMs(start, 86_400_000),
    createdBy: "counterfoil 0.1.0",
    include: { payloads: "all" },
    completeness: { kind: "full", reasons: [] },
  },
  entries: [],
  blobs,
  envelopes: [],
  keys: [],
  engine: { type: "engine", name: engine.name, version: engine.version, digest: engine.digest },
  digest: blobDigest(new Uint8Array()),
}

// What an auditor is shown of it has to hold as well: who asked, was asked, answered and signed, and what started by it.
const evidence: Check = {
  name: "the evidence of every execution verifies",
  shows: "INV-06",
  run: ({ executions }) =>
    together(
      executions.map(({ entries, row }) => {
        const [first, ...rest] = entries
        if (first === undefined) return { seen: 0, faults: [] }
        const bundle = bundleOf([first, ...rest])
        const used = policySets.flatMap(({ digest }, version) =>
          entries.some(({ payload }) => canonical(payload).includes(digest)) ? [sourceDigests[version]] : [],
        )
        const texts = bundle.blobs.filter(
          ({ mediaType, digest }) => mediaType === contractMediaType || used.includes(digest),
        )
        const verified = verifyEvidence({ ...bundle, blobs: texts }, { keys: reviewKeys, signedBy })
        const faults = verified.ok ? [] : [`${row.executionId}: ${JSON.stringify(verified.error)}`]
        return { seen: 1, faults }
      }),
    ),
}

const accepted: Check = {
  name: "what was accepted is there, once for a key",
  shows: "INV-14",
  run: ({ facts, executions }) => {
    const found = each(facts.book.accepted, ({ key, executionId }) =>
      executions.some(({ row }) => row.executionId === executionId) ? null : `${key}: ${executionId} is lost`,
    )
    const keys = each(facts.wishes, ({ key }) => {
      const ids = new Set(facts.book.accepted.flatMap((one) => (one.key === key ? [one.executionId] : [])))
      return ids.size <= 1 ? null : `${key}: ${[...ids].join(", ")}`
    })
    const known = new Set(facts.book.accepted.map(({ executionId }) => executionId))
    const extra =
      executions.length <= facts.wishes.length
        ? []
        : [`${executions.length} executions of ${known.size} answers`]
    return together([found, keys, { seen: 0, faults: extra }])
  },
}

const handedOver: Check = {
  name: "no message id takes a submission away",
  shows: "INV-10",
  run: ({ facts: { book } }) => {
    const ended = new Set([...book.accepted.map(({ key }) => key), ...book.refused])
    return each(book.handedOver, (key) => (ended.has(key) ? null : `${key} was handed over and is nowhere`))
  },
}

const troubles: Check = {
  name: "no process meets a bug",
  shows: "INV-09",
  run: ({ facts }) => ({
    seen: facts.book.lines.length,
    // An id that chance gives a second time is refused as it must be.
    faults: facts.chosen.has("random.repeats") ? [] : facts.book.troubles,
  }),
}

/** The checks of the journal. */
export const traceChecks: readonly Check[] = [
  chain,
  fences,
  leases,
  renewals,
  spinning,
  projections,
  times,
  replays,
  evidence,
  accepted,
  handedOver,
  troubles,
]
