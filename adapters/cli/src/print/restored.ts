// What was found in a backup, as people read it: who would have rights by it, what its traces say, and what was not compared.
// Owns: the words. Does not own: any finding (backup/).

import { escapeLine } from "@counterfoil/contracts"
import {
  agreesWithTraces,
  tablesNotCompared,
  type Examination,
  type JudgedRight,
  type Standing,
} from "@counterfoil/server/operate"
import { aligned } from "./columns.ts"

/** The rights, one a line, grouped by what they are; then everything that disagrees with the traces. */
export function restoredText(examination: Examination, rights: readonly JudgedRight[]): string {
  return [
    "who would have power by this backup:",
    aligned(rights.map(lineOf)),
    ...openText(examination),
    ...differencesText(examination),
    notProven,
  ].join("\n")
}

/** What goes on by itself once a process serves it; empty when nothing does. */
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
    "what would go on by this backup as soon as it is served:",
    aligned(lines),
    ...(more > 0 ? [`  and ${more} more, which --json names`] : []),
  ]
}

/** Each disagreement with the traces in a sentence; empty when there is none. */
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
      "rows are not what their traces give",
      projections.map(({ id, fields }) => (fields.length === 0 ? id : `${id} (${fields.join(", ")})`)),
    ),
    ...some(
      contradicted.length,
      "rights are contradicted by the traces",
      contradicted.map(({ right }) => right.id ?? (right.what === "role" ? right.principal : right.what)),
    ),
    ...some(texts.length, "texts are not the ones kept under their digests", texts),
    ...Object.entries(strays).map(([table, n]) => `${n} rows of ${table} belong to nothing`),
    ...(unprojected === 0
      ? []
      : [`the rows of ${unprojected} executions could not be derived: their payloads were erased`]),
  ]
}

/** What is not proven, however well everything agrees. */
export const notProven = [
  "not verified: the backup was compared with no receipt and no key that were kept elsewhere.",
  "  Its traces agree with themselves at most: anyone who changed the file can have made any of them anew, with its chain and its head.",
  "  No trace has tokens, review keys, and what a first start gives; nor anything of",
  `  ${tablesNotCompared.join(", ")}.`,
].join("\n")

/** In one word whether everything agrees with the traces. */
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
