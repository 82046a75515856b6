import { describe, expect, test } from "vitest"
import { defaultModeMap } from "@counterfoil/contracts"
import { forbidding, openTenant, tenant } from "./governing.test-kit.ts"

const reason = "for a test"

describe("activating policy", () => {
  test("INV-02 of activations of two layers at once every one that completes is in force, and none takes another back", async () => {
    const { run, textsOf } = await openTenant()
    const rounds = Array.from({ length: 8 }, (_, round) => round)
    const answers = await Promise.all(
      rounds.flatMap((round) =>
        (["freeze", "organisation"] as const).map((layer) =>
          run("policy.activate", {
            layer,
            policyTexts: [forbidding(layer, `round-${round}`)],
            reason,
          }),
        ),
      ),
    )
    expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => "succeeded"))
    expect(await textsOf("freeze")).toEqual(["round-7"])
    expect(await textsOf("organisation")).toEqual(["round-7"])
    expect(await textsOf("tenant")).toEqual(["start.cedar", "control.cedar"])
  })

  test("INV-03 an activation that is repeated after its answer was lost does not take back a later one", async () => {
    const { run, textsOf, stopped } = await openTenant()
    const freeze = { layer: "freeze", policyTexts: [forbidding("freeze", "stop")], reason }
    const first = await run("policy.activate", freeze, { key: "77" })
    expect(stopped).toEqual([reason])
    await run("policy.activate", { layer: "freeze", policyTexts: [], reason })
    expect(await run("policy.activate", freeze, { key: "77" })).toEqual(first)
    expect(await textsOf("freeze")).toEqual([])
    expect(stopped).toEqual([reason])
  })

  test("the mode map stays as it is where none is given", async () => {
    const { run, store } = await openTenant()
    await run("policy.activate", { layer: "organisation", policyTexts: [], reason })
    expect((await store.policySource(tenant))?.source.modeMap).toEqual(defaultModeMap)
  })
})
