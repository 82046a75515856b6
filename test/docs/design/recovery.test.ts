// docs/design/recovery.md: both tables are compared with the functions that they describe.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { addMs, EffectClass, type Time } from "@counterfoil/contracts"
import type { AttemptAnswer } from "@counterfoil/contracts/ports"
import { outcomeFacts, recover, type Recovery } from "@counterfoil/core"
import { planOf, start, World } from "@counterfoil/core/test"
import { rootFolder } from "../../architecture/source-tree.ts"
import { tableRows } from "../../tidy/markdown.ts"

const plain = (cell: string | undefined): string => (cell ?? "").replaceAll("`", "")

const at = (seconds: number): Time => addMs(start, seconds * 1000)

function wordsOf(found: Recovery): string {
  switch (found.kind) {
    case "runAgain":
      return "run again"
    case "fail":
      return "failed"
    case "inDoubt":
      return `in doubt, ${found.because}`
    case "probe":
    case "wait":
      return found.kind
  }
}

const answers = {
  succeeded: { kind: "succeeded", output: {} },
  unfit: { kind: "succeeded", output: "unfit" },
  rejected: { kind: "rejected", code: "NO", message: "no" },
  notSent: { kind: "notSent", reason: "no line" },
  unknown: { kind: "unknown", reason: "no reply" },
  timedOut: { kind: "timedOut" },
} as const satisfies Readonly<Record<string, AttemptAnswer>>
type Answer = keyof typeof answers

/** What one answer to a first attempt leaves in the trace, a minute after its start, when the contract allows so many attempts. */
function leftBy(effect: EffectClass, answer: Answer, attemptsMax: number): string {
  const world = new World(planOf([{ key: "pay", effect }]), { answer: () => "crash" })
  const [call] = world.run(({ calls }) => calls.length === 1).calls
  if (call === undefined) throw new Error("nothing was dispatched")
  const outcome = outcomeFacts({
    execution: world.state,
    step: world.stepOf("pay"),
    contract: { ...call.contract, attemptsMax },
    answer: answers[answer],
    now: at(60),
    unit: 0.5,
  })
  if (outcome.kind === "later") return "wait, then probe"
  const [fact] = outcome.kind === "append" ? outcome.facts : []
  if (fact?.kind === "controlPlane.execution.step.completed@1") return "completed"
  if (fact?.kind === "controlPlane.execution.step.failed@1")
    return fact.payload.final ? "failed" : "run again"
  if (fact?.kind === "controlPlane.execution.step.inDoubt@1") return `in doubt, ${fact.payload.because}`
  return outcome.kind
}

describe("INV-03 docs/design/recovery.md", () => {
  const page = readFileSync(join(rootFolder, "docs", "design", "recovery.md"), "utf8")

  test.each(tableRows(page, "waits after the deadline"))("$class: an attempt without an outcome", (row) => {
    const effect = EffectClass.parse(plain(row["class"]))
    const given = { deadline: at(30), startedAt: at(0), firstStartedAt: at(0), attemptsMax: 3, effect }
    const facts = {
      windowMs: effect === "keyed" ? 3_600_000 : null,
      settleMs: effect === "probeable" ? 10_000 : null,
    }
    const after = (attempt: number, now: Time): string =>
      wordsOf(recover({ ...given, ...facts, attempt, now }))
    const waits = effect === "probeable" ? 12 : 7
    expect(row["waits after the deadline"]).toContain(
      effect === "probeable" ? "2 s and the contract's" : "7 s",
    )
    expect(recover({ ...given, ...facts, attempt: 1, now: at(29) })).toEqual({
      kind: "wait",
      until: at(30 + waits),
    })
    expect(plain(row["attempts left"])).toBe(after(1, at(30 + waits)))
    expect(plain(row["no attempts left"])).toBe(after(3, at(30 + waits)))
    const passed = after(1, at(0.9 * 3600 + 1))
    expect(plain(row["window passed"])).toBe(passed === after(1, at(30 + waits)) ? "–" : passed)
  })

  test("lists every effect class once", () => {
    const classes = tableRows(page, "waits after the deadline").map((row) => plain(row["class"]))
    expect(classes).toEqual(EffectClass.options)
  })

  const rows = tableRows(page, "answer of the handler")
  const names = ["succeeded", "unfit", "rejected", "notSent", "unknown", "timedOut"] as const
  test.each(EffectClass.options.flatMap((effect) => names.map((answer) => ({ effect, answer }))))(
    "$effect: the answer $answer",
    ({ effect, answer }) => {
      const name = answer === "unfit" ? "succeeded, with an output that its contract refuses" : answer
      const found = rows.filter(
        (row) =>
          plain(row["answer of the handler"]) === name &&
          (row["class"] === "every class" || (row["class"] ?? "").includes(`\`${effect}\``)),
      )
      expect(found.map((row) => [row["attempts left"], row["no attempts left"]].map(plain))).toEqual([
        [leftBy(effect, answer, 3), leftBy(effect, answer, 1)],
      ])
    },
  )
})
