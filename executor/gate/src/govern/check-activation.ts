// Computes a tenant's policy after an activation, and everything that is wrong with it.
// Owns: that the layer freeze holds only forbids, and that owners can undo what is activated. Does not own: the linter and the
// check of owners' rights (policy), nor moving the pointer (policy-handlers.ts).
// Keeps INV-04: a doubtful activation is refused before approvers are asked, and again before it takes effect.

import {
  type Digest,
  err,
  type Immutable,
  type Issue,
  nameFault,
  nameFaults,
  ok,
  type policyActivate,
  type PolicyLayer,
  type PolicySource,
  type Result,
  type TenantId,
  withoutUnseen,
} from "@counterfoil/contracts"
import type { ActivePolicy, Directory } from "@counterfoil/contracts/ports"
import { lockoutIssues, type PolicyIssue } from "@counterfoil/policy"
import type { z } from "zod"
import type { GovernanceWorld } from "./governance-world.ts"
import { peopleOf } from "./owners.ts"

/** The input of an activation. */
export type Activation = Immutable<z.output<(typeof policyActivate)["input"]>>

/** The set that an activation makes; or what is wrong with it, each at its place in the input. */
export async function checkActivation(
  world: GovernanceWorld,
  directory: Directory,
  {
    tenant,
    live,
    input,
  }: { readonly tenant: TenantId; readonly live: ActivePolicy; readonly input: Activation },
): Promise<Result<{ readonly digest: Digest; readonly source: PolicySource }, readonly Issue[]>> {
  if (input.basedOn !== undefined && input.basedOn !== live.digest)
    return err([issue("/basedOn", "Another policy has been activated since it was read: read it again.")])
  const misplaced = layerIssues(input)
  if (misplaced.length > 0) return err(misplaced)
  const source = replaced(live.source, input)
  const checked = world.check(source)
  if (!checked.ok) return err(checked.error.map((issue) => placed(input, issue)))
  const { registry, environment, clock } = world
  const now = clock.now()
  const at = await peopleOf(directory, tenant)
  const before = world.setOf(live)
  const lockouts = lockoutIssues(
    checked.value,
    before,
    { registry, environment, tenant, peopleAt: (time) => at(time, null) },
    now,
  )
  return lockouts.length > 0
    ? err(lockouts.map((issue) => placed(input, issue)))
    : ok({ digest: checked.value.digest, source })
}

/** A source with one layer's texts replaced, and the mode map where another one is given. */
export const replaced = (
  live: PolicySource,
  {
    layer,
    policyTexts,
    modeMap,
  }: Pick<Activation, "policyTexts" | "modeMap"> & { readonly layer: PolicyLayer },
): PolicySource => ({
  texts: [
    ...live.texts.filter((text) => text.layer !== layer),
    ...policyTexts.map((text) => ({ ...text, layer })),
  ],
  modeMap: modeMap ?? live.modeMap,
})

/** What never belongs into the layer. The linter checks that a freeze permits nothing. */
const layerIssues = ({ layer, policyTexts, modeMap }: Activation): readonly Issue[] => [
  ...(layer === "freeze" && modeMap !== undefined
    ? [issue("/modeMap", "The layer freeze holds only forbids: it cannot change modes.")]
    : []),
  ...policyTexts.flatMap(({ name }, index) => {
    const fault = nameFault(name)
    return fault === null ? [] : [issue(`/policyTexts/${index}/name`, nameFaults[fault])]
  }),
  ...policyTexts.flatMap((text, index) =>
    text.layer === layer
      ? []
      : [issue(`/policyTexts/${index}/layer`, `The text is of the layer ${text.layer}, not of ${layer}.`)],
  ),
]

/** A finding of the linter at the text that it is about, as far as that is one of the input's. */
function placed({ layer, policyTexts }: Activation, found: PolicyIssue): Issue {
  const { code, file, line, ruleId, message } = found
  const index = policyTexts.findIndex(({ name }) => file === `${layer}/${name}`)
  const at = file === "mode-map" ? "/modeMap" : index < 0 ? "/policyTexts" : `/policyTexts/${index}/text`
  return issue(at, `${code}, line ${line}${ruleId === null ? "" : ` (${ruleId})`}: ${message}`)
}

/** Messages of the engine repeat pieces of the text: they are cut, and hold no character that does not print. */
const issue = (at: string, message: string): Issue => ({
  at,
  code: "value",
  message: withoutUnseen(message.normalize("NFC"), " ").slice(0, messageMax).toWellFormed(),
})
const messageMax = 400
