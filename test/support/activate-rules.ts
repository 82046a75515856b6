// Rules of a test in force above the shipped ones: activated as an owner's would be, without an approval.
// Owns: putting them there and taking them away. Does not own: what a rule says.

import type { Started } from "@counterfoil/server/process"

/** Puts these in the place of the rules that the last call put there; none takes them away. */
export async function activateRules(
  { plane: { store, policies }, tenant }: Started,
  rules: readonly string[],
): Promise<void> {
  const live = await store.policySource(tenant)
  if (live === null) throw new Error("no policy is active")
  const text = rules.map((rule, i) => `@id("tenant.made-up-${i}") @reason("a rule of this test") ${rule}`)
  const texts = live.source.texts.filter(({ name }) => name !== "made-up.cedar")
  const source = {
    ...live.source,
    texts:
      rules.length === 0
        ? texts
        : [...texts, { layer: "tenant" as const, name: "made-up.cedar", text: text.join("\n") }],
  }
  const checked = policies.check(source)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  await store.activatePolicy(tenant, { from: live.digest, digest: checked.value.digest, source })
  policies.moved(tenant)
}
