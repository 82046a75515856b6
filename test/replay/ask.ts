// What the recorded executions are asked to do: a direct call, an intent contract, or a draft of a caller's own.
// Owns: the mix of asks and drafts. Does not own: running them.

import type { Ask, Json } from "@counterfoil/contracts"
import { contracts } from "./world.ts"
import type { Dice } from "./dice.ts"

/** A random ask; about one in fifteen does not compile. */
export function randomAsk(dice: Dice): Ask {
  const amount = dice.one([5, 900, 20_000, 499_999, 700_000, 1_300])
  switch (dice.below(6)) {
    case 0:
      return { contract: contracts.refund.ref, input: { chargeId: "ch_1", amount } }
    case 1:
      return { contract: contracts.wire.ref, input: { amount: 500 } }
    case 2:
    case 3:
      return { contract: contracts.support.ref, input: { chargeId: "ch_1", amount } }
    default:
      return { draft: dice.chance(0.1) ? brokenDraft(dice) : draftOfOwn(dice, amount) }
  }
}

function draftOfOwn(dice: Dice, amount: number): Json {
  const charge = { key: "charge", contract: "payments.charge.get@1", input: { chargeId: "ch_7" } }
  const paid = {
    key: "refund",
    contract: "payments.refund@1",
    input: { chargeId: { $from: "charge", at: "/chargeId" }, amount, reason: "a draft" },
    undo: true,
  }
  const fan = {
    key: "notes",
    contract: "crm.note.append@1",
    each: {
      over: { $from: "charge", at: "/items" },
      max: 20,
      parallel: 1 + dice.below(4),
      onFailure: dice.one(["stop", "continue"]),
    },
    input: { text: { $text: ["item ", { $index: true }] }, about: { $item: "" } },
  }
  const large = {
    key: "commit",
    contract: "git.commit.create@1",
    input: { branch: "fix/refund" },
    when: { gt: [{ $from: "charge", at: "/amount" }, 1_000] },
    after: ["charge"],
  }
  const lone = { key: "wire", contract: "bank.wire.send@1", input: { amount: 40 } }
  const extra = [paid, fan, large, lone].filter(() => dice.chance(0.5))
  return {
    format: "counterfoil.draft/1",
    steps: [charge, ...extra],
    output: { amount: { $from: "charge", at: "/amount" } },
  }
}

function brokenDraft(dice: Dice): Json {
  const step = { key: "a", contract: "payments.charge.get@1", input: { chargeId: "ch_7" } }
  return dice.one<Json>([
    { format: "counterfoil.draft/1", steps: [] },
    { format: "counterfoil.draft/1", steps: [step, step] },
    { format: "counterfoil.draft/1", steps: [{ ...step, contract: "payments.charge.fetch@1" }] },
    { format: "counterfoil.draft/1", steps: [{ ...step, input: { chargeId: 7 } }] },
    {
      format: "counterfoil.draft/1",
      steps: [
        { ...step, after: ["b"] },
        { ...step, key: "b", after: ["a"] },
      ],
    },
    { steps: 7 },
  ])
}
