// What changed between two versions of one contract.
// Owns: C003 to C006, C028 to C041 without marks, C045 to C047, C049, C050 to C053, C060, C064 to C068, C081. Does not own: values (compare-values.ts), meta and
// examples (compare-meta.ts), contracts that come and go (compare-locks.ts).

import { canonical } from "../json/canonical.ts"
import { plainJson, plainObject, type Json } from "../json/json.ts"
import { durationMs, type Duration, type Tier } from "../primitives.ts"
import { change, type Change } from "./change.ts"
import { compareMeta } from "./compare-meta.ts"
import { compareValues, type ValueChanges } from "./compare-values.ts"
import { compareVersions } from "./compare-versions.ts"
import { digestsOfDocument } from "../define/from-document.ts"
import type { LockedContract } from "./lock.ts"

type Document = LockedContract["document"]
type Called = Extract<Document, { readonly kind: "command" | "query" }>
type Drawn = Extract<Document, { readonly kind: "intent" }>

/** Every change from one version of a contract to another with the same reference, as of a day such as `2026-11-21`. */
export function compareContract(before: LockedContract, after: LockedContract, today: string): ValueChanges {
  const [old, now] = [before.document, after.document]
  const parts = partChanges(old, now)
  const promised = [
    ...differs("C060", "/capability", old.capability, now.capability),
    ...kindChanges(old, now),
    ...parts.flatMap(({ changes }) => changes),
  ]
  const unread = parts.flatMap((part) => part.unread)
  const [meant, means] = [old, now].map((document) => digestsOfDocument(plainObject(document)).digest)
  return {
    unread,
    changes: [
      ...versionChanges(old, now, promised.length + unread.length > 0),
      // Every change of the digest voids requests and keeps planned work waiting, so each one is reported.
      ...(promised.length + unread.length === 0 && meant !== means
        ? [change("C049", "always", { at: "/digest", before: meant, after: means })]
        : []),
      ...differs("C052", "/subject", before.subject, after.subject),
      ...placeChanges(before.http, after.http),
      ...draftChanges(before, after),
      ...differs("C053", "/entryKind", before.entryKind, after.entryKind),
      ...compareMeta(old, now, today),
      ...promised,
    ],
  }
}

type Whole = "C030" | "C033" | "C035" | "C039" | "C052" | "C053" | "C060" | "C066" | "C067" | "C004" | "C003"

function differs(
  rule: Whole,
  at: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Change[] {
  return canonical(before ?? null) === canonical(after ?? null)
    ? []
    : [change(rule, "always", { at, before, after })]
}

// Callers do not write the names of path parameters. A lock that states no place promises none.
function placeChanges(before: string | undefined, after: string | undefined): readonly Change[] {
  const [was, is] = [before, after].map((place) => place?.replaceAll(/:[A-Za-z]+/g, ":"))
  if (was === undefined || was === is) return []
  return [change("C081", is === undefined ? "gone" : "moved", { at: "/http", before, after })]
}

// Compared where both draw from one input: another example does not mean another plan function.
function draftChanges(before: LockedContract, after: LockedContract): readonly Change[] {
  if (before.document.kind !== "intent" || after.document.kind !== "intent") return []
  // Two locks that say nothing of it were made from documents alone.
  if (before.drafts === undefined && after.drafts === undefined) return []
  const was = new Map<string, string>(Object.entries(before.drafts ?? {}))
  const is = new Map<string, string>(Object.entries(after.drafts ?? {}))
  const shared = [...was.keys()].filter((input) => is.has(input))
  if (shared.length === 0) return [change("C047", "always", { at: "/plan" })]
  const form = compareVersions(after.document.version, before.document.version) > 0 ? "raised" : "unraised"
  return shared
    .filter((input) => was.get(input) !== is.get(input))
    .map((input) =>
      change("C046", form, { at: `/plan/${input}`, before: was.get(input), after: is.get(input) }),
    )
}

function versionChanges(old: Document, now: Document, promisesElse: boolean): readonly Change[] {
  const place = { at: "/version", before: old.version, after: now.version }
  const order = compareVersions(now.version, old.version)
  if (order < 0) return [change("C006", "always", place)]
  return order === 0 && promisesElse ? [change("C005", "always", place)] : []
}

function partChanges(old: Document, now: Document): readonly ValueChanges[] {
  if (old.kind === "event" || now.kind === "event") {
    return old.kind === "event" && now.kind === "event"
      ? [compareValues("payload", plainObject(old.payload), plainObject(now.payload))]
      : []
  }
  return [
    compareValues("input", plainObject(old.input), plainObject(now.input)),
    compareValues("output", plainObject(old.output), plainObject(now.output)),
  ]
}

function kindChanges(old: Document, now: Document): readonly Change[] {
  if (old.kind !== now.kind) return differs("C003", "/kind", old.kind, now.kind)
  if (old.kind === "intent" && now.kind === "intent")
    return [...checkChanges(old, now), ...intentChanges(old, now)]
  if (isCalled(old) && isCalled(now)) {
    return [
      ...checkChanges(old, now),
      ...effectChanges(old, now),
      ...declarationChanges(old, now),
      ...previewChanges(old, now),
      ...limitChanges(old, now),
    ]
  }
  return []
}

const isCalled = (document: Document): document is Called =>
  document.kind === "command" || document.kind === "query"

function checkChanges(old: Called | Drawn, now: Called | Drawn): readonly Change[] {
  const ids = new Set([...old.checks, ...now.checks].map(({ id }) => id))
  return [...ids].flatMap((id) => {
    const [was, is] = [old, now].map(({ checks }) => checks.find((check) => check.id === id)?.version)
    if (was === is) return []
    const place = { at: `/checks/${id}`, before: was, after: is }
    // Under another version a check may refuse what it accepted before.
    return [change("C028", was === undefined ? "added" : is === undefined ? "lifted" : "changed", place)]
  })
}

function intentChanges(old: Drawn, now: Drawn): readonly Change[] {
  const place = { at: "/onFailure", before: old.onFailure, after: now.onFailure }
  return [
    ...deadlineChanges("/deadline", old.deadline, now.deadline),
    ...(old.onFailure === now.onFailure ? [] : [change("C036", "lost", place)]),
  ]
}

function effectChanges(old: Called, now: Called): readonly Change[] {
  const effect = differs("C030", "/effect", old.effect, now.effect)
  // When the class changed, window and probe follow from the new class and are not reported.
  const recovery = effect.length > 0 ? [] : [...windowChanges(old, now), ...probeChanges(old, now)]
  return [
    ...effect,
    ...recovery,
    ...floorChanges(old.floor, now.floor),
    ...differs("C033", "/irreversible", old.irreversible, now.irreversible),
    ...undoChanges(old, now),
    ...observesChanges(old, now),
  ]
}

// Two ways to write one duration are no change: PT120S is PT2M.
const lasts = (duration: Duration | undefined): number => (duration === undefined ? 0 : durationMs(duration))

const deadlineChanges = (at: string, before: Duration, after: Duration): readonly Change[] =>
  lasts(before) === lasts(after) ? [] : differs("C067", at, before, after)

const probeChanges = (old: Called, now: Called): readonly Change[] =>
  lasts(old.probe?.settle) === lasts(now.probe?.settle) && (old.probe === null) === (now.probe === null)
    ? []
    : differs("C035", "/probe", old.probe, now.probe)

function windowChanges(old: Called, now: Called): readonly Change[] {
  const [was, is] = [old.window, now.window].map((window) => (window === null ? 0 : durationMs(window)))
  if (was === undefined || is === undefined || was === is) return []
  return [
    change("C034", is < was ? "shortened" : "lengthened", {
      at: "/window",
      before: old.window,
      after: now.window,
    }),
  ]
}

const heights: readonly (Tier | null)[] = [null, "low", "medium", "high"]

function floorChanges(before: Tier | null, after: Tier | null): readonly Change[] {
  const height = (tier: Tier | null) => Math.max(heights.indexOf(tier), 1)
  if (height(before) === height(after)) return []
  return [change(height(after) < height(before) ? "C031" : "C032", "always", { at: "/floor", before, after })]
}

function undoChanges(old: Called, now: Called): readonly Change[] {
  const [before, after] = [plainJson(old.undo), plainJson(now.undo)]
  if (canonical(before) === canonical(after)) return []
  return [change("C036", before === null ? "added" : "lost", { at: "/undo", before, after })]
}

// When another state is read, an approval may cover less than it did.
function observesChanges(old: Called, now: Called): readonly Change[] {
  const [before, after] = [plainJson(old.observes ?? null), plainJson(now.observes ?? null)]
  if (canonical(before) === canonical(after)) return []
  return [change("C045", before === null ? "added" : "lost", { at: "/observes", before, after })]
}

function declarationChanges(old: Called, now: Called): readonly Change[] {
  return [
    ...differs("C004", "/path", old.path, now.path),
    ...differs("C039", "/resource", plainJson(old.resource), plainJson(now.resource)),
    ...differs("C066", "/auth/assurance", old.auth.assurance, now.auth.assurance),
    ...listChanges("/errors", old.errors, now.errors, { lost: "C041", gained: "C040" }),
    ...listChanges("/emits", old.emits, now.emits, { lost: "C050", gained: "C051" }),
    ...listChanges("/auth/kinds", old.auth.kinds, now.auth.kinds, { lost: "C064", gained: "C065" }),
  ]
}

// Removing a line hides a value from approvers, and so does changing its text for a field that was left out. The order of lines
// does not count.
function previewChanges(old: Called, now: Called): readonly Change[] {
  const [before, after] = [old.preview, now.preview].map((lines) =>
    lines.flatMap(({ label, at, absent }) => [
      canonical(plainJson({ label, at })),
      ...(absent === undefined ? [] : [canonical(plainJson({ label, at, absent }))]),
    ]),
  )
  const lost = (before ?? []).some((line) => after?.includes(line) !== true)
  const gained = (after ?? []).some((line) => before?.includes(line) !== true)
  if (!lost && !gained) return []
  const place = { at: "/preview", before: plainJson(old.preview), after: plainJson(now.preview) }
  return [change("C029", lost ? "lost" : "added", place)]
}

interface ListRules {
  readonly lost: "C041" | "C050" | "C064"
  readonly gained: "C040" | "C051" | "C065"
}

function listChanges(
  at: string,
  before: readonly string[],
  after: readonly string[],
  { lost, gained }: ListRules,
): readonly Change[] {
  const gone = before.filter((one) => !after.includes(one))
  const come = after.filter((one) => !before.includes(one))
  return [
    ...gone.map((one) => change(lost, "always", { at: `${at}/${one}`, before: one })),
    ...come.map((one) => change(gained, "always", { at: `${at}/${one}`, after: one })),
  ]
}

function limitChanges(old: Called, now: Called): readonly Change[] {
  const bytes = ["inputBytes", "outputBytes", "inFlight"] as const
  return [
    ...deadlineChanges("/limits/deadline", old.limits.deadline, now.limits.deadline),
    ...differs("C067", "/limits/attempts", old.limits.attempts, now.limits.attempts),
    ...bytes
      .filter((limit) => now.limits[limit] < old.limits[limit])
      .map((limit) =>
        change("C068", "always", {
          at: `/limits/${limit}`,
          before: old.limits[limit],
          after: now.limits[limit],
        }),
      ),
  ]
}
