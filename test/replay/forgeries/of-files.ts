// Forged files: texts that are missing, added or swapped, and lines in a form that only one reader would take.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import {
  canonical,
  canonicalBytes,
  contractMediaType,
  digestsOfDocument,
  policySourceMediaType,
  type Json,
  type JsonObject,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { asObject, edited, inConcert, withLeaf } from "../forge.ts"
import { blobs, textsOf, type Recording } from "../record-execution.ts"
import { kinds, change, changed, find, hashed, textIn, type Forged, type Forgery } from "./forgery.ts"

const { received, compiled, decided, reviewed } = kinds

const textOf = ({ bytes }: BlobRow): string => new TextDecoder().decode(bytes)
const blobOf = (mediaType: string, value: Json): BlobRow => {
  const bytes = canonicalBytes(value)
  return { digest: blobDigest(bytes), mediaType, bytes }
}
const swapText = (blob: BlobRow, about: string, from: string, to: string): BlobRow =>
  textOf(blob).includes(about)
    ? blobOf(blob.mediaType, JSON.parse(textOf(blob).replaceAll(from, to)) as Json)
    : blob

const inOtherWords = (blob: BlobRow): BlobRow =>
  swapText(blob, "tenant.refund-cap", "above the cap of this tenant", "above a cap")

/** A policy set with a rule more, about a contract that the trace does not call. */
const withRule = (blob: BlobRow): BlobRow =>
  swapText(
    blob,
    "tenant.refund-cap",
    '"text":"@id(\\"tenant.refund-cap',
    `"text":"@id(\\"tenant.never\\") @reason(\\"no one writes notes\\")\\nforbid (principal, action == Counterfoil::Action::\\"${unused}\\", resource);\\n@id(\\"tenant.refund-cap`,
  )
const unused = "crm.note.append@1"

const texts =
  (
    edit: (texts: readonly BlobRow[]) => readonly BlobRow[],
    which: (plan: string) => boolean = () => true,
  ): Forgery["forge"] =>
  ({ entries }) =>
    find(entries, decided) === null ||
    find(entries, compiled, (payload) => which(canonical(payload))) === null
      ? null
      : { entries, texts: edit(textsOf(entries)) }
const isOfRefund = ({ request }: JsonObject): boolean =>
  asObject(asObject(request)["contract"])["ref"] === "payments.refund@1"

const setPath = ["verdict", "circumstances", "policySetDigest"] as const
const underSet = (payload: Json, set: (named: string) => string): Json =>
  withLeaf(payload, setPath, () => set(setOf(payload)))
const setOf = (payload: Json): string =>
  textIn(asObject(asObject(asObject(payload)["verdict"])["circumstances"]), "policySetDigest")

const callsRefund = (plan: string): boolean => plan.includes('"payments.refund@1"')

/** One line of a type changed as text; null when there is none. */
const line =
  (type: string, edit: (line: string) => string | readonly string[]): Forgery["forge"] =>
  ({ entries }) => ({
    entries,
    lines: (lines) => {
      const at = lines.findIndex((one) => one.includes(`"type":"${type}"`))
      return lines.toSpliced(at, 1, ...[edit(lines[at] ?? "")].flat())
    },
  })
/** One line of a type changed as an object. */
const fields = (type: string, edit: (fields: JsonObject) => JsonObject): Forgery["forge"] =>
  line(type, (text) => canonical(edit(asObject(JSON.parse(text) as Json))))

const signedOnly =
  (forge: Forgery["forge"]): Forgery["forge"] =>
  (recording) =>
    find(recording.entries, reviewed, ({ method }) => method === "ed25519") === null ? null : forge(recording)

/**
 * An event contract that takes anything, and every entry of that kind under its digest. What a contract has to say is not in a
 * bundle, so only a reader that has the contracts itself can tell: this one is not in the corpus.
 */
export function underLaxerContract({ entries }: Recording): Forged | null {
  const i = find(entries, decided)
  const { kindDigest = "" } = entries[i ?? -1]?.head ?? {}
  const event = blobs.find((blob) => textOf(blob).includes('"name":"controlPlane.policy.decided"'))
  if (i === null || event === undefined) return null
  const document = asObject(JSON.parse(textOf(event)) as Json)
  const lax = { ...document, payload: { type: "object", additionalProperties: true } }
  const { digest } = digestsOfDocument(lax)
  const under = entries.map((entry) =>
    entry.head.kindDigest === kindDigest ? edited(entry, { head: { kindDigest: digest } }) : entry,
  )
  return {
    ...hashed(change(under, i, (payload) => ({ ...payload, forged: true }))),
    texts: textsOf(entries).map((blob) =>
      blob.digest === event.digest ? blobOf(contractMediaType, lax) : blob,
    ),
  }
}

/** Other contracts under the name of a registered one, each of another capability; their digests come before and after its own. */
function strayContracts(): readonly [before: BlobRow, after: BlobRow] {
  const own = blobs.find((blob) => textOf(blob).includes('"name":"payments.refund"')) ?? blobOf("", {})
  const document = asObject(JSON.parse(textOf(own)) as Json)
  const strays = Array.from({ length: 64 }, (_, i) =>
    blobOf(contractMediaType, { ...document, capability: `another.one${i}` }),
  ).toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
  const [first, last] = [strays[0] ?? own, strays.at(-1) ?? own]
  if (!(first.digest < own.digest && own.digest < last.digest)) throw new Error("no digest on each side")
  return [first, last]
}

/** Forged files. */
export const forgedFiles: readonly Forgery[] = [
  {
    says: "the policy texts that decided are removed",
    by: "BLOB",
    forge: texts((all) => all.filter(({ mediaType }) => mediaType !== policySourceMediaType)),
  },
  {
    says: "policy texts that decided nothing are added",
    by: "BLOB",
    forge: ({ entries }) => {
      const own = textsOf(entries)
      return find(entries, decided) === null || own.length === blobs.length ? null : { entries, texts: blobs }
    },
  },
  {
    says: "policy texts are replaced by others",
    by: "BLOB",
    forge: texts((all) => all.map(inOtherWords)),
  },
  {
    says: "a comment is added to the policy texts that decided",
    by: "BLOB",
    forge: texts((all) =>
      all.map((blob) => swapText(blob, "tenant.refund-cap", '"text":"', '"text":"// forged\\n')),
    ),
  },
  {
    says: "policy texts are replaced by others, and verdicts name those",
    by: "DERIVE",
    forge: ({ entries }) => {
      const own = textsOf(entries)
      const named = new Map<string, string>(own.map((blob) => [blob.digest, inOtherWords(blob).digest]))
      const decidedSo = (entry: TraceEntry): TraceEntry =>
        edited(entry, { payload: underSet(entry.payload, (set) => named.get(set) ?? set) })
      return find(entries, decided, isOfRefund) === null
        ? null
        : {
            entries: inConcert(entries.map((one) => (one.head.kind === decided ? decidedSo(one) : one))),
            texts: own.map(inOtherWords),
          }
    },
  },
  {
    says: "policy texts that were never in force decide what is here in the same way, and verdicts name those",
    by: "HEAD",
    forge: ({ entries }) => {
      const own = textsOf(entries)
      const named = new Map<string, string>(own.map((blob) => [blob.digest, withRule(blob).digest]))
      const decidedSo = (entry: TraceEntry): TraceEntry =>
        edited(entry, { payload: underSet(entry.payload, (set) => named.get(set) ?? set) })
      const isCalled =
        find(entries, compiled, (payload) => canonical(payload).includes(`"${unused}"`)) !== null
      return find(entries, decided) === null || isCalled
        ? null
        : {
            ...hashed(entries.map((one) => (one.head.kind === decided ? decidedSo(one) : one))),
            texts: own.map(withRule),
          }
    },
  },
  {
    says: "a verdict names the other policy set that decided",
    by: "DERIVE",
    forge: ({ entries }) => {
      const sets = entries.flatMap(({ head, payload }) => (head.kind === decided ? [setOf(payload)] : []))
      const first = find(entries, decided, isOfRefund)
      const own = setOf(entries[first ?? -1]?.payload ?? null)
      const other = sets.find((set) => set !== own)
      return first === null || other === undefined || sets.indexOf(own) === sets.lastIndexOf(own)
        ? null
        : hashed(change(entries, first, (payload) => underSet(payload, () => other)))
    },
  },
  {
    says: "the mode map of the policy is replaced by a looser one",
    by: "BLOB",
    forge: texts((all) =>
      all.map((blob) =>
        swapText(blob, "tenant.refund-cap", '"overrides":[]', '"overrides":[{"low":"assist"}]'),
      ),
    ),
  },
  {
    says: "a contract is replaced by a looser one",
    by: "BLOB",
    forge: texts(
      (all) => all.map((blob) => swapText(blob, '"name":"payments.refund"', "PT24H", "PT48H")),
      callsRefund,
    ),
  },
  {
    says: "a contract that the plan calls is removed",
    by: "BLOB",
    forge: texts(
      (all) => all.filter((blob) => !textOf(blob).includes('"name":"payments.refund"')),
      callsRefund,
    ),
  },
  {
    says: "a second contract that no entry names is added before the registered one",
    by: "BLOB",
    forge: texts((all) => [...all, strayContracts()[0]]),
  },
  {
    says: "a second contract that no entry names is added after the registered one",
    by: "BLOB",
    forge: texts((all) => [...all, strayContracts()[1]]),
  },
  {
    says: "an intent pins its contract in another version",
    by: "BLOB",
    forge: changed(received, (payload) => withLeaf(payload, ["contract", "version"], () => "1.0.9"), {
      which: ({ contract }) => contract !== undefined,
    }),
  },
  {
    says: "a plan pins a contract under the name of another",
    by: "BLOB",
    forge: changed(compiled, (payload) =>
      withLeaf(payload, ["contracts", 0, "ref"], () => "bank.wire.take@1"),
    ),
  },
  {
    says: "a text of an unknown type is added",
    by: "BLOB",
    forge: texts((all) => [...all, blobOf("text/plain", { note: "trust me" })]),
  },
  {
    says: "a text is there twice",
    by: "BLOB",
    forge: line("blob", (text) => [text, text]),
  },
  {
    says: "texts are not sorted",
    by: "BLOB",
    forge: ({ entries }) => ({
      entries,
      lines: (lines) => {
        const at = lines.findIndex((one) => one.includes('"type":"blob"'))
        return lines.with(at, lines[at + 1] ?? "").with(at + 1, lines[at] ?? "")
      },
    }),
  },
  {
    says: "a text is there as text and as base64",
    by: "BLOB",
    forge: fields("blob", (blob) => ({ ...blob, base64: Buffer.from("other").toString("base64") })),
  },
  {
    says: "a text is neither text nor base64",
    by: "BLOB",
    forge: fields("blob", ({ text: _text, ...blob }) => blob),
  },
  {
    says: "a readable text is written as base64",
    by: "BLOB",
    forge: fields("blob", ({ text, ...blob }) => ({
      ...blob,
      base64: Buffer.from(typeof text === "string" ? text : "").toString("base64"),
    })),
  },
  {
    says: "a text is not the one that its digest names",
    by: "BLOB",
    forge: fields("blob", ({ text, ...blob }) => ({
      ...blob,
      text: `${typeof text === "string" ? text : ""} `,
    })),
  },
  {
    says: "a line has a field that every object inherits",
    by: "FORMAT",
    forge: fields("entry", (entry) => ({ ...entry, toString: "x" })),
  },
  {
    says: "a line has a field that reaches a prototype",
    by: "FORMAT",
    forge: line("entry", (text) => `{"__proto__":{"x":1},${text.slice(1)}`),
  },
  {
    says: "a head has a field that no one knows",
    by: "FORMAT",
    forge: fields("entry", (entry) => ({ ...entry, head: { ...asObject(entry["head"]), constructor: 1 } })),
  },
  {
    says: "a number is written in another form",
    by: "FORMAT",
    forge: line("entry", (text) => text.replace('"fence":0', '"fence":0.0')),
  },
  {
    says: "a key is in an object twice",
    by: "FORMAT",
    forge: line("entry", (text) => text.replace('"fence":', '"fence":0,"fence":')),
  },
  {
    says: "the keys of an object are not sorted",
    by: "FORMAT",
    forge: line("header", (text) => `{"type":"header",${text.slice(1).replace(',"type":"header"', "")}`),
  },
  {
    says: "a line has spaces",
    by: "FORMAT",
    forge: line("entry", (text) => text.replace('","', '", "')),
  },
  {
    says: "a number lies beyond what every parser reads alike",
    by: "FORMAT",
    forge: line("entry", (text) => text.replace(/"payload":\{/, '"payload":{"a":9007199254740992,')),
  },
  {
    says: "a text holds half of a character",
    by: "FORMAT",
    forge: line("entry", (text) => text.replace(/"payload":\{/, '"payload":{"a":"\\ud800",')),
  },
  {
    says: "there are two engines",
    by: "FORMAT",
    forge: line("engine", (text) => [text, text]),
  },
  {
    says: "a line comes after one of a later type",
    by: "FORMAT",
    forge: ({ entries }) => ({
      entries,
      lines: ([first = "", second = "", ...rest]) => [second, first, ...rest],
    }),
  },
  {
    says: "a line is of a type that no one knows",
    by: "FORMAT",
    forge: line("engine", (text) => [text, '{"type":"note"}']),
  },
  {
    says: "the header hides that a payload was erased",
    by: "FORMAT",
    forge: fields("entry", (entry) => ({ ...entry, payload: null, payloadState: "erased" })),
  },
  {
    says: "a payload is left out although the header says that all are there",
    by: "FORMAT",
    forge: fields("entry", (entry) => ({ ...entry, payload: null, payloadState: "omitted" })),
  },
  {
    says: "the line of a signed review is dropped",
    by: "FORMAT",
    forge: signedOnly(line("envelope", () => [])),
  },
  {
    says: "the line of a signed review holds another envelope",
    by: "FORMAT",
    forge: signedOnly(
      fields("envelope", (one) => ({ ...one, envelope: { ...asObject(one["envelope"]), payload: "e30=" } })),
    ),
  },
  {
    says: "a signed review belongs to an entry that is not a review",
    by: "FORMAT",
    forge: signedOnly(fields("envelope", (one) => ({ ...one, seq: 1 }))),
  },
  {
    says: "a key has the id of another",
    by: "FORMAT",
    forge: fields("key", (key) => ({
      ...key,
      spki: "MCowBQYDK2VwAyEAbnoc3Smwt4/ROvTFWY/v9O8qlxZuPKby5Pv8zYBQW/M=",
    })),
  },
  {
    says: "the entry of a trace is edited where it lies",
    by: "CHAIN",
    forge: fields("entry", (entry) => ({
      ...entry,
      payload: { ...asObject(entry["payload"]), labels: ["forged"] },
    })),
  },
  {
    says: "the header names an earlier end",
    by: "CHAIN",
    forge: fields("header", (header) => ({ ...header, head: { ...asObject(header["head"]), seq: 1 } })),
  },
]
