// Annotations: what a permit asks for, read once, with a finding where it cannot be read.
// Owns: the form of every annotation. Does not own: which of them a rule needs (check/lint-rule.ts).
// Keeps INV-04: an annotation that cannot be read never makes a rule weaker.

import { Assurance, Duration, RoleName, Tier, durationMs, type Obligations } from "@counterfoil/contracts"
import type { Ask } from "./rule.ts"

/** Which lint rule an unreadable annotation breaks, and how. */
interface AnnotationProblem {
  readonly code: "L01" | "L02" | "L08" | "L09" | "L10"
  readonly message: string
}

/** Every annotation that exists. */
export const knownAnnotations: ReadonlySet<string> = new Set([
  "id",
  "reason",
  "tier",
  "approve",
  "assurance",
  "timeout",
  "on_timeout",
  "escalate_to",
  "grace",
  "bulk",
  "exclude",
  "exception",
  "owner",
])

type Annotations = Readonly<Record<string, string | null | undefined>>

/** The tier that a permit names; null when it names none that exists. */
export function tierOf(annotations: Annotations): Tier | null {
  const tier = Tier.safeParse(annotations["tier"])
  return tier.success ? tier.data : null
}

/** What the annotations ask for, and everything in them that cannot be read. */
export function readAsk(annotations: Annotations): {
  readonly ask: Ask
  readonly problems: readonly AnnotationProblem[]
} {
  const problems: AnnotationProblem[] = []
  const read = <T>(
    name: string,
    code: AnnotationProblem["code"],
    says: string,
    parse: (text: string) => T | null,
  ): T | null => {
    const text = annotations[name]
    if (text === undefined) return null
    const value = parse(text ?? "")
    if (value === null) problems.push({ code, message: `@${name} ${says}` })
    return value
  }
  const durations = between("PT5M", "P30D")
  const ask: Ask = {
    quorum: read(
      "approve",
      "L08",
      'is a list such as "finance:1, support-lead:1", at most 5 in all',
      quorumOf,
    ),
    assurance: read(
      "assurance",
      "L02",
      "is chat, session, stepUp or key",
      (text) => Assurance.safeParse(text).data ?? null,
    ),
    timeouts: read("timeout", "L09", "is one to four durations from PT5M to P30D", (text) =>
      listOf(text, 4, durations),
    ),
    onTimeout: read(
      "on_timeout",
      "L02",
      "is reject, expire or escalate",
      oneOf(["reject", "expire", "escalate"]),
    ),
    escalateTo: read("escalate_to", "L10", "is one to three roles, none of them twice", (text) =>
      distinct(listOf(text, 3, roleOf)),
    ),
    grace: read("grace", "L09", "is a duration from PT0S to PT5M", between("PT0S", "PT5M")),
    bulk:
      read("bulk", "L02", "is yes or no", (text) =>
        text === "yes" ? { yes: true } : text === "no" ? { yes: false } : null,
      )?.yes ?? null,
    exclude: read("exclude", "L02", "is agentOwner, sameTeam or both", (text) =>
      distinct(listOf(text, 2, oneOf(["agentOwner", "sameTeam"]))),
    ),
  }
  return { ask, problems }
}

function quorumOf(text: string): Obligations["quorum"] | null {
  const quorum = listOf(text, 5, (item) => {
    const [, name, count] = /^([a-z0-9-]+):([1-5])$/.exec(item) ?? []
    const role = roleOf(name ?? "")
    return role === null ? null : { role, count: Number(count) }
  })
  if (quorum === null || distinct(quorum.map(({ role }) => role)) === null) return null
  return quorum.reduce((sum, { count }) => sum + count, 0) <= 5 ? quorum : null
}

const roleOf = (text: string): RoleName | null => RoleName.safeParse(text).data ?? null

const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | null =>
    values.find((value) => value === text) ?? null

const between =
  (least: string, most: string) =>
  (text: string): Duration | null => {
    const duration = Duration.safeParse(text)
    if (!duration.success) return null
    const ms = durationMs(duration.data)
    return ms >= durationMs(Duration.parse(least)) && ms <= durationMs(Duration.parse(most))
      ? duration.data
      : null
  }

function listOf<T>(text: string, most: number, parse: (item: string) => T | null): readonly T[] | null {
  const items = text.split(",").map((item) => parse(item.trim()))
  const parsed = items.filter((item) => item !== null)
  return parsed.length === items.length && items.length <= most ? parsed : null
}

const distinct = <T>(items: readonly T[] | null): readonly T[] | null =>
  items !== null && new Set(items).size === items.length ? items : null
