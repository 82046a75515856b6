// The findings in a backup, in words for people: the rights in it, what its traces contradict, and what was not compared.
// Owns: the words. Does not own: the findings (backup/).

import { escapeLine } from "@counterfoil/contracts"
import {
  agreesWithTraces,
  tablesNotCompared,
  type Examination,
  type JudgedRight,
  type Standing,
} from "@counterfoil/server/operate"
import { aligned } from "./columns.ts"

/** The rights, one per line, grouped by kind; then everything that disagrees with the traces. */
export function restoredText(examination: Examination, rights: readonly JudgedRight[]): string {
  return [
    "the rights in this backup:",
    aligned(rights.map(lineOf)),
    ...openText(examination),
    ...differencesText(examination),
    notProven,
  ].join("\n")
}

/** The open executions, which go on once a process serves the database. */
function openText({ open }: Examination): readonly string[] {
  if (open.length === 0) return ["no execution is open"]
  const lines = open
    .slice(0, openShownMax)
    .map(({ tenant, executionId, requester, contract, status }) => [
      `  ${executionId}`,
      escapeLine(tenant),
      status,
      escapeLine(contract ?? "a draft"),
      `for ${escapeLine(requester)}`,
    ])
  const more = open.length - lines.length
  return [
    "executions that go on as soon as this backup is served:",
    aligned(lines),
    ...(more > 0 ? [`  and ${more} more, which --json lists`] : []),
  ]
}

/** Each disagreement with the traces in one sentence; empty when all rows agree. */
export function differencesText({
  broken,
  projections,
  rights,
  texts,
  strays,
  unprojected,
}: Examination): readonly string[] {
  const contradicted = rights.filter(({ standing }) => standing.made === "contradicted")
  return [
    ...some(broken.length, "executions do not verify", broken),
    ...some(
      projections.length,
      "rows differ from their traces",
      projections.map(({ id, fields }) => (fields.length === 0 ? id : `${id} (${fields.join(", ")})`)),
    ),
    ...some(
      contradicted.length,
      "rights are contradicted by the traces",
      contradicted.map(({ right }) => right.id ?? (right.what === "role" ? right.principal : right.what)),
    ),
    ...some(texts.length, "texts do not have their digests", texts),
    ...Object.entries(strays).map(([table, n]) => `${n} rows of ${table} belong to nothing`),
    ...(unprojected === 0
      ? []
      : [`the rows of ${unprojected} executions could not be derived: their payloads were erased`]),
  ]
}

/** What is not proven even when everything agrees. */
export const notProven = [
  "not verified: the backup was not compared with a receipt or a key that was kept elsewhere.",
  "  Its traces are consistent at most: anyone who changed the file could have rebuilt any of them, with its chain and its head.",
  "  No trace records tokens, review keys, the rights of a first start, or the contents of",
  `  ${tablesNotCompared.join(", ")}.`,
].join("\n")

/** Whether everything agrees with the traces, in a few words. */
export const agreementOf = (examination: Examination): string =>
  agreesWithTraces(examination) ? "agree with their traces" : "DISAGREE with their traces"

const shownMax = 10
const openShownMax = 50

const some = (n: number, what: string, names: readonly string[]): readonly string[] =>
  n === 0
    ? []
    : [
        `${n} ${what}: ${names.slice(0, shownMax).map(escapeLine).join(" ")}${n > shownMax ? ` and ${n - shownMax} more` : ""}`,
      ]

function lineOf({ right, standing }: JudgedRight): readonly string[] {
  const [subject, what] = wordsOf(right)
  return [
    `  ${right.what}`,
    escapeLine(right.tenant),
    escapeLine(subject),
    escapeLine(what),
    standingText(standing),
  ]
}

function wordsOf(right: JudgedRight["right"]): readonly [string, string] {
  switch (right.what) {
    case "missing":
      return [right.id, ""]
    case "principal":
      return [
        right.id,
        `${right.kind} ${right.name}${right.owner === null ? "" : ` of ${right.owner}`}${right.addedBy === null ? "" : `, added by ${right.addedBy}`}`,
      ]
    case "role":
      return [right.principal, `${right.role}${right.expiresAt === null ? "" : ` until ${right.expiresAt}`}`]
    case "grant":
      return [right.principal, `${right.capability} ${JSON.stringify(right.scope)} until ${right.expiresAt}`]
    case "token":
      return [
        right.principal,
        `${right.label}, ${right.use === "signIn" ? "sign-in" : right.assurance}, ${right.fingerprint}, until ${right.expiresAt}${right.mintedBy === null ? "" : `, made by ${right.mintedBy}`}`,
      ]
    case "reviewKey":
      return [right.principal, `${right.id}, public part ${right.spki}`]
    case "policy":
      return [right.id, `${right.source.texts.length} texts`]
  }
}

function standingText(standing: Standing): string {
  switch (standing.made) {
    case "byTrace":
      return `by ${standing.executionId}`
    case "byNothing":
      return "in no trace"
    case "contradicted":
      return `CONTRADICTED${standing.executionId === null ? "" : ` by ${standing.executionId}`}: ${standing.because}`
  }
}
