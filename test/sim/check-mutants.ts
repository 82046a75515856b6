// The mutants of the checker: small wrong changes of the checks and of the ledger that they compare with.
// Owns: the two tables. Does not own: mutants of production code (mutants.ts).
// One that sees too little must let a planted fault pass that the whole checker catches; one that sees wrongly must
// accuse code that is right.

import type { Mutant } from "./plant.ts"

/** A checker that sees too little: with `lets` planted as well, `past` no longer finds what it found on the same seed. */
export interface BlindMutant extends Mutant {
  /** The production mutant that it lets pass, by its id. */
  readonly lets: string
  /** The name of the check that is blind. */
  readonly past: string
}

const check = "test/sim/check"
const trace = `${check}/check-trace.ts`
const effects = `${check}/check-effects.ts`
const flow = `${check}/check-flow.ts`
const approvals = `${check}/check-approvals.ts`

const blind = (
  id: string,
  says: string,
  [lets, past]: readonly [string, string],
  [file, find, replace]: readonly [string, string, string],
): BlindMutant => ({ id, says, lets, past, file, find, replace })

const wrong = (
  id: string,
  says: string,
  [file, find, replace]: readonly [string, string, string],
): Mutant => ({ id, says, file, find, replace })

/** Checkers that see too little. */
export const blindMutants: readonly BlindMutant[] = [
  blind(
    "C01",
    "keys are not hashed a second time",
    ["M10", "an idempotency key is what the page says"],
    [effects, "return key === payload.idempotencyKey ?", "return key !== undefined ?"],
  ),
  blind(
    "C02",
    "a call before its commit is let go",
    ["M02", "nothing is called before its start is durable"],
    [
      effects,
      "return each(inspected.facts.outside.calls, (call) => {",
      "return each(inspected.facts.outside.calls.filter(({ at }) => at < 0), (call) => {",
    ],
  ),
  blind(
    "C03",
    "two effects of one key are let go",
    ["M18b", "a key has at most one effect"],
    [effects, "(count === 1 ? null :", "(count >= 1 ? null :"],
  ),
  blind(
    "C04",
    "a second call of an unsafe step is let go",
    ["M18", "an unsafe step leaves us at most once a generation"],
    [
      effects,
      "unsafe.filter((call) => call.key === key).length === 1",
      "unsafe.filter((call) => call.key === key).length >= 1",
    ],
  ),
  blind(
    "C05",
    "the time of a doubt is not checked",
    ["M19", "nothing is in doubt while an answer may be on its way"],
    [effects, "return early > 0 || byDatabase > 0", "return early > 600_000 || byDatabase > 600_000"],
  ),
  blind(
    "C06",
    "a probe may come at any time",
    ["M22", "nothing is probed before a probe tells the truth"],
    [effects, "return at + 1_000 < virtualMs", "return at + 60_000 < virtualMs"],
  ),
  blind(
    "C07",
    "a key may be used for ever",
    ["M20", "a keyed step is tried again only while its key is kept"],
    [effects, "passed > windowMs * 0.9", "passed > windowMs * 900"],
  ),
  blind(
    "C08",
    "a failure that happened is let go",
    ["M17", "success is recorded exactly when there was an effect"],
    [
      effects,
      "if (failed && effects.length > 0)",
      "if (failed) return null\n        if (effects.length > 99)",
    ],
  ),
  blind(
    "C09",
    "any quorum counts as met",
    ["M30b", "what people must look at starts only after they did"],
    [approvals, "if (role === undefined) return true", 'if (role !== "nobody") return true'],
  ),
  blind(
    "C10",
    "no one records who was allowed to review",
    ["M29", "who asked, or wrote the plan, never reviews"],
    ["test/sim/people.ts", 'if (heard.kind === "answer" && isBarred(row, name))', "if (false)"],
  ),
  blind(
    "C11",
    "who may no longer review counts all the same",
    [
      "M32",
      "an approval is consumed once, in time, by people who still may, under the policy of that moment",
    ],
    [approvals, "            locked.reviewers,\n", "            null,\n"],
  ),
  blind(
    "C12",
    "a fault of a rule is not looked for",
    ["M35", "nothing forbidden starts"],
    [approvals, "if (amount === amounts.broken)", "if (amount === -1)"],
  ),
  blind(
    "C13",
    "only agents are judged",
    ["M38", "nothing forbidden starts"],
    [approvals, "if (amount === amounts.notForPeople && actsForAPerson(start.one))", "if (false)"],
  ),
  blind(
    "C14",
    "a start after a cancel is let go",
    ["M39", "no forward step starts after a committed cancel"],
    [
      flow,
      'payload.role === "do" && cancel !== undefined && cancel.seq < seq',
      "cancel !== undefined && cancel.seq > seq + 900",
    ],
  ),
  blind(
    "C15",
    "a start during a pause is let go",
    ["M45b", "nothing starts while an execution is paused"],
    [flow, 'return last?.fact.kind === "controlPlane.execution.paused@1" ?', "return last === null ?"],
  ),
  blind(
    "C16",
    "a start before its needs is let go",
    ["M40", "a step starts after what it needs"],
    [flow, "return missing.length === 0 ?", "return missing.length < 99 ?"],
  ),
  blind(
    "C18",
    "fan-outs are not counted",
    ["M42", "a fan-out runs once for each element"],
    [flow, "return length === 3 && indexes.size <= 3", "return length >= 0"],
  ),
  blind(
    "C19",
    "a completed step that should be undone is let go",
    ["M44", "undo follows its step, once, and leaves out nothing"],
    [
      flow,
      "if (back === undefined) return `",
      "if (back === undefined) return null; if (back === null) return `",
    ],
  ),
  blind(
    "C20",
    "what never ends is let go",
    ["S02", "everything ends once nothing goes wrong any more"],
    [flow, "row.endedAt !== null\n        ? null", "row.updatedAt !== null\n        ? null"],
  ),
  blind(
    "C21",
    "the links of a chain are not hashed a second time",
    ["M47", "the chain verifies"],
    [trace, "return hash === `sha256:${link}` ?", "return hash.length > link.length ?"],
  ),
  blind(
    "C22",
    "a lease that was taken from its holder is let go",
    ["M13", "a lease has one holder and each claim a new fence"],
    [trace, "return heldUntil === null ? null :", "return heldUntil !== undefined ? null :"],
  ),
  blind(
    "C23",
    "a projection is not compared with its trace",
    ["M04", "stored projections are the fold of the trace"],
    [
      trace,
      "sha(canonicalBytes(a as Json)) === sha(canonicalBytes(b as Json))",
      "sha(canonicalBytes(a as Json)) !== sha(canonicalBytes([b] as Json))",
    ],
  ),
  blind(
    "C24",
    "work that is taken again and again is let go",
    ["R06", "no process claims the same work again and again for nothing"],
    [trace, "const claimsForNothingMax = 12", "const claimsForNothingMax = 1_200"],
  ),
  blind(
    "C25",
    "a divergence is let go",
    ["R04", "a replay derives the same bytes"],
    [trace, "const found = divergence ?? gap ?? null", "const found = gap ?? null"],
  ),
  blind(
    "C26",
    "what was accepted and is not there is let go",
    ["M01", "what was accepted is there, once for a key"],
    [trace, "executions.some(({ row }) => row.executionId === executionId) ?", "executions.length >= 0 ?"],
  ),
  blind(
    "C27",
    "entries under another fence are let go",
    ["M15", "every append is by the current fence"],
    [trace, "if (append.fence !== fence)", "if (append.fence < 0)"],
  ),
  blind(
    "C28",
    "a submission that was taken away is let go",
    ["S09", "no message id takes a submission away"],
    [trace, "ended.has(key) ? null :", "ended.size >= 0 ? null :"],
  ),
]

/** Checkers that see wrongly. */
export const wrongMutants: readonly Mutant[] = [
  wrong("C31", "the generation is hashed as two bytes", [
    effects,
    "fourBytes(payload.generation)",
    "fourBytes(payload.generation).subarray(2)",
  ]),
  wrong("C32", "the ledger forgets the first thing that happened", [
    "test/sim/outside.ts",
    "byKey.set(key, [...before, effect])",
    "if (before.length > 0) byKey.set(key, [...before, effect])",
  ]),
  wrong("C33", "the page's tag of an entry is misread", [
    trace,
    'hashOf("counterfoil.entry.v1"',
    'hashOf("counterfoil.entry.v2"',
  ]),
  wrong("C34", "a window is a tenth of what it is", [
    effects,
    "passed > windowMs * 0.9",
    "passed > windowMs * 0.09",
  ]),
  wrong("C35", "who answers late is taken to be in time", [
    approvals,
    "return closed === payload.late",
    "return false === payload.late",
  ]),
  wrong("C36", "one team of two is forgotten", [
    approvals,
    '{ role: "support-lead", count: 1 }',
    '{ role: "support-lead", count: 2 }',
  ]),
  wrong("C37", "a level that was asked next is taken for the first", [
    approvals,
    ": level === 0\n",
    ": level >= 0\n",
  ]),
  wrong("C38", "a need that a person resolved is taken for a missing one", [
    flow,
    'const done = ["controlPlane.execution.step.completed@1", "controlPlane.execution.step.resolved@1"]',
    'const done = ["controlPlane.execution.step.completed@1"]',
  ]),
  wrong("C39", "a resumed execution is taken for a paused one", [
    flow,
    '        fact.kind === "controlPlane.execution.resumed@1" ||\n',
    "",
  ]),
  wrong("C40", "the database's rows are read before the last commit", [
    "test/sim/check/inspected.ts",
    "const entries = await database.direct.trace(tenant, executionId)",
    "const entries = (await database.direct.trace(tenant, executionId)).slice(0, -1)",
  ]),
]
