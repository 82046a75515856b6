// A command that acts on outside state, as docs/effects.md shows it below this header.
// Owns: nothing but the example; the gate compiles it and a test runs it.

import { canonical, defineCommand, defineQuery, mark, text, type ContractMeta } from "@counterfoil/contracts"
import { implement, rejected, succeeded } from "@counterfoil/contracts/ports"
import { z } from "zod"

const price = z.strictObject({ cents: z.int().min(0), revision: z.int().min(0) })
const article = mark(text(40), ["policy"])
const meta = (title: string, goal: string): ContractMeta =>
  ({ title, goal, context: "When an article is to be sold for less than before.", owners: ["shop"], tags: ["shop"], stability: "beta" })

export const priceRead = defineQuery({
  name: "shop.price.read", version: "1.0.0", capability: "shop.prices",
  meta: meta("Read a price", "The price of an article now, and its revision."),
  input: z.strictObject({ article }), output: price,
  examples: [{ title: "a price", input: { article: "tea" }, output: { cents: 400, revision: 7 } }],
})

export const priceLower = defineCommand({
  name: "shop.price.lower", version: "1.0.0", capability: "shop.prices", effect: "probeable", probe: { settle: "PT0S" },
  meta: meta("Lower a price", "The article costs this many percent less than it did."),
  input: z.strictObject({ article, percent: z.int().min(1).max(90), state: price.optional() }), output: price,
  observes: { contract: priceRead.ref, input: { article: { $from: "input", at: "/article" } }, at: "/state" },
  preview: [{ label: "Article", at: "/article" }, { label: "Percent", at: "/percent" }, { label: "From", at: "/state" }],
  examples: [{ title: "a tenth less", input: { article: "tea", percent: 10 }, output: { cents: 360, revision: 8 } }],
})

type Price = z.infer<typeof price>
/** The shop's own interface. */
export interface Shop {
  price(article: string): Promise<Price>
  loweredUnder(key: string): Promise<Price | null>
  /** Compares and swaps: null when the revision is another one by now. */
  lower(key: string, article: string, to: Price): Promise<Price | null>
}

const changed = rejected("STATE_CHANGED", "The price changed since it was read: ask again.")
/** The handler of `shop.price.lower`. Codes: STATE_MISSING, STATE_CHANGED. */
export const priceLowerHandler = (shop: Shop) =>
  implement(
    priceLower,
    async ({ article, percent, state }, { idempotencyKey: key }) => {
      const done = await shop.loweredUnder(key)
      if (done !== null) return succeeded(done)
      if (state === undefined) return rejected("STATE_MISSING", "The input does not say which price is lowered.")
      if (canonical(await shop.price(article)) !== canonical(state)) return changed
      const cents = Math.round((state.cents * (100 - percent)) / 100)
      const lowered = await shop.lower(key, article, { cents, revision: state.revision })
      return lowered === null ? changed : succeeded(lowered)
    },
    async (_input, { idempotencyKey: key }) => {
      const done = await shop.loweredUnder(key)
      return done === null ? { kind: "notFound" } : { kind: "found", output: done }
    },
  )
