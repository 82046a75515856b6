// The report of one drift check, which every format prints.
// Owns: its form, its counts, its result. Does not own: finding changes (contracts/drift), printing (print/).
// A part that could not be checked has a result of its own and is never called clean.

import { Digest, type Immutable } from "@counterfoil/contracts"
import { LiveReport, type CheckPart, type Finding } from "@counterfoil/contracts/drift"
import { z } from "zod"
import { Part, Parts, partsOf } from "./parts.ts"
import type { NotCompared as LeftOut } from "./served-baseline.ts"

/** A line of a file in the repository. */
const Place = { file: z.string(), line: z.int().min(1) }

const ReportedFinding = z.strictObject({
  rule: z.string(),
  class: z.enum(["breaking", "risky", "safe"]),
  contract: z.string(),
  at: z.string(),
  before: z.json().optional(),
  after: z.json().optional(),
  message: z.string(),
  affected: z.string(),
  fix: z.string(),
  from: Digest.optional(),
  to: Digest.optional(),
  acknowledgedUntil: z.iso.date().optional(),
  ...Place,
})
/** A finding with its file and line. */
export type ReportedFinding = Immutable<z.infer<typeof ReportedFinding>>

const Unchecked = z.strictObject({
  part: Part,
  contract: z.string().optional(),
  at: z.string().optional(),
  why: z.string(),
})
/** Something that was requested and could not be checked. */
export type Unchecked = Immutable<z.infer<typeof Unchecked>>

const NotCompared = z.strictObject({ contracts: z.array(z.string()), why: z.string() })

/** The lowest class that fails the check. */
export const FailOn = z.enum(["breaking", "risky"])
export type FailOn = z.infer<typeof FailOn>

/** The whole report, as `--json` prints it beside `schemaVersion`. The worst findings are listed first. */
export const DriftReport = z.strictObject({
  checked: z.boolean(),
  result: z.enum(["clean", "findings", "notChecked"]),
  baseline: z.string(),
  failOn: FailOn,
  parts: Parts,
  notChecked: z.array(Unchecked),
  /** Contracts that one side could not have, because its configuration has no section for them; they are not findings and do not fail the check. */
  notCompared: z.array(NotCompared).optional(),
  findings: z.array(ReportedFinding),
  live: LiveReport.optional(),
  summary: z.strictObject({
    breaking: z.int(),
    risky: z.int(),
    safe: z.int(),
    acknowledged: z.int(),
    notChecked: z.int(),
  }),
})
export type DriftReport = Immutable<z.infer<typeof DriftReport>>

/** A finding that may be in another file than the lock. */
export type PlacedFinding = Finding & { readonly place?: { readonly file: string; readonly line: number } }

/** The results of a check, before they are counted. `lines` finds the line of a contract in the lock. */
export interface Checked {
  readonly baseline: string
  readonly failOn: FailOn
  readonly asked: ReadonlySet<CheckPart>
  readonly findings: readonly PlacedFinding[]
  readonly notChecked: readonly Unchecked[]
  /** Absent where everything was compared. */
  readonly notCompared?: readonly LeftOut[]
  readonly lines: LockLines
  /** The findings in a store; absent when they were not requested or the store could not be checked. */
  readonly live?: LiveReport
}

/** The lock file of the findings: its path in the repository, and the line of a name in it, or 1 for a name that is not in it. */
interface LockLines {
  readonly file: string
  readonly lineOf: (name: string) => number
}

/** The report of a check. */
export function reportOf(checked: Checked): DriftReport {
  const { baseline, failOn, asked, findings, notChecked, notCompared, lines, live } = checked
  const reported = findings.map((finding) => reportedOf(finding, lines))
  const open = reported.filter((finding) => failsAt(finding, failOn))
  const count = (grave: ReportedFinding["class"]) =>
    reported.filter((one) => one.class === grave && one.acknowledgedUntil === undefined).length
  return {
    checked: notChecked.length === 0,
    result: notChecked.length > 0 ? "notChecked" : open.length > 0 ? "findings" : "clean",
    baseline,
    failOn,
    parts: partsOf({ notChecked, failing: open.map(({ rule }) => rule), asked }),
    notChecked,
    ...(notCompared === undefined ? {} : { notCompared }),
    findings: reported,
    ...(live === undefined ? {} : { live }),
    summary: {
      breaking: count("breaking"),
      risky: count("risky"),
      safe: count("safe"),
      acknowledged: reported.filter((one) => one.acknowledgedUntil !== undefined).length,
      notChecked: notChecked.length,
    },
  }
}

/** True for a finding that fails a check with this threshold. */
export const failsAt = ({ class: grave, acknowledgedUntil }: ReportedFinding, failOn: FailOn): boolean =>
  grave === "breaking" || (grave === "risky" && failOn === "risky" && acknowledgedUntil === undefined)

function reportedOf(
  { before, after, from, to, place, ...rest }: PlacedFinding,
  { file, lineOf }: LockLines,
): ReportedFinding {
  return {
    ...rest,
    ...(before === null ? {} : { before }),
    ...(after === null ? {} : { after }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
    ...(place ?? { file, line: lineOf(rest.contract) }),
  }
}

/** The lines of names in the text of a lock. Null is a missing lock: every name is then at line 1. */
export function lockLines(file: string, text: string | null): LockLines {
  const lines = new Map<string, number>()
  for (const [index, line] of (text ?? "").split("\n").entries()) {
    const [, name] = /^ {4}"([^"]+)": /.exec(line) ?? []
    if (name !== undefined && !lines.has(name)) lines.set(name, index + 1)
  }
  return { file, lineOf: (name) => lines.get(name) ?? 1 }
}
