// What a handler's rejection means, and which attempt it is about.

import { describe, expect, test } from "vitest"
import { addMs, type EffectClass } from "@counterfoil/contracts"
import type { HandlerAnswer } from "@counterfoil/contracts/ports"
import { outcomeFacts } from "./outcome-facts.ts"
import { planOf, World } from "../../test/world.ts"

type Answer = HandlerAnswer | "crash"

/** The facts that a rejection of the last attempt leaves, long after its deadline, when the earlier attempts ended as given. */
function noAfter(effect: EffectClass, ...earlier: readonly Answer[]): string {
  const answers: readonly Answer[] = [...earlier, "crash"]
  const left = [...answers]
  const world = new World(planOf([{ key: "pay", effect }]), { answer: () => left.shift() ?? "crash" })
  const [call] = world.run(({ calls }) => calls.length === answers.length).calls.toReversed()
  if (call === undefined) throw new Error("nothing was dispatched")
  const outcome = outcomeFacts({
    execution: world.state,
    step: world.stepOf("pay"),
    contract: call.contract,
    answer: { kind: "rejected", code: "SMTP_550", message: "no such mailbox" },
    now: addMs(world.now, 3_600_000),
    unit: 0.5,
  })
  if (outcome.kind !== "append") return outcome.kind
  return outcome.facts.map(({ kind }) => kind.split(".").at(-1)).join(" ")
}

const unknown: Answer = { kind: "unknown", reason: "no reply" }
const notSent: Answer = { kind: "notSent", reason: "no line" }

describe("INV-03 a rejection of a second attempt", () => {
  test("does not count for a first one that may have happened: the step is in doubt", () => {
    expect(noAfter("natural", unknown)).toBe("inDoubt@1")
    expect(noAfter("natural", "crash")).toBe("inDoubt@1")
    expect(noAfter("natural", unknown, notSent)).toBe("inDoubt@1")
  })

  test("counts when the provider answers one key the same each time, or when nothing can have happened", () => {
    expect(noAfter("keyed", unknown)).toBe("failed@1")
    expect(noAfter("read", unknown)).toBe("failed@1")
    expect(noAfter("natural", notSent)).toBe("failed@1")
  })

  test("is the end of a step that was tried once", () => {
    for (const effect of ["natural", "keyed", "probeable", "unsafe"] as const)
      expect(noAfter(effect)).toBe("failed@1")
  })
})
