// The requests of a run: one or two intents, drawn from the seed.
// Owns: the mix. Does not own: how they are delivered (people.ts).

import type { Json } from "@counterfoil/contracts"
import type { Dice } from "../replay/dice.ts"
import { amounts, callables, orderRef } from "./contracts.ts"
import type { Wish } from "./people.ts"

/** The wishes of a run, in the order of their times; a drill sets the first one. */
export function drawWishes(dice: Dice, first: Json | null): readonly Wish[] {
  const count = dice.chance(0.35) ? 2 : 1
  return Array.from({ length: count }, (_, index) => ({
    key: `wish-${index}`,
    at: dice.below(3_000),
    as: index === 0 && first !== null ? first : drawAsk(dice),
    forMia: dice.chance(0.5),
    start: dice.chance(0.07) ? ("manual" as const) : ("auto" as const),
  }))
}

const one = ["put", "pay", "book", "book", "send"] as const

function drawAsk(dice: Dice): Json {
  const amount = (): number =>
    dice.one([5, 20, 50, 70, 500, 700, amounts.notForPeople, amounts.broken, 4_000, 9_000])
  switch (dice.below(8)) {
    case 0:
      return { contract: callables.wire.ref, input: { amount: 50 } }
    case 1:
      return { contract: callables.look.ref, input: { amount: 5 } }
    case 2:
    case 3:
      return { contract: orderRef, input: { amount: amount(), put: dice.one([5, 500, 9_000]) } }
    case 4:
    case 5:
      return { draft: drawPlan(dice, amount) }
    default:
      return { contract: callables[dice.one(one)].ref, input: { amount: amount() } }
  }
}

function drawPlan(dice: Dice, amount: () => number): Json {
  const first = { key: "a", contract: "sim.look@1", input: { amount: 5 } }
  const second = {
    key: "b",
    contract: `sim.${dice.one(one)}@1`,
    input: { amount: amount(), about: { $from: "a", at: "/id" } },
    ...(dice.chance(0.4) ? { when: { eq: [{ $from: "a", at: "/items/0" }, dice.one(["a", "b"])] } } : {}),
  }
  const paid = { key: "c", contract: "sim.pay@1", input: { amount: dice.one([5, 500]) }, undo: true }
  const fan = {
    key: "d",
    contract: `sim.${dice.one(["put", "pay"])}@1`,
    each: {
      over: { $from: "a", at: "/items" },
      max: 5,
      parallel: 1 + dice.below(3),
      onFailure: dice.one(["stop", "continue"]),
    },
    input: { amount: 7, about: { $item: "" } },
  }
  const last = { key: "e", contract: "sim.send@1", input: { amount: 5 }, after: ["a"] }
  const extra = [second, paid, fan, last].filter(() => dice.chance(0.45))
  return {
    format: "counterfoil.draft/1",
    steps: [first, ...extra],
    output: { id: { $from: "a", at: "/id" } },
  }
}
