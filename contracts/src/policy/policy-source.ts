// The policy texts of an installation: what is activated, stored by digest, and decided with again years later.
// Owns: layers, texts and the mode map as data. Does not own: parsing, linting or deciding (policy).

import { z } from "zod"
import { Channel, ContractRef, Environment, Mode, Time, type Immutable, type Tier } from "../primitives.ts"

/** Who wrote a rule; a forbid in any layer wins. */
export const PolicyLayer = z.enum(["base", "organisation", "tenant", "skill", "freeze"])
export type PolicyLayer = z.infer<typeof PolicyLayer>

/** One Cedar text of one layer; `name` is its file name, shown when a rule is explained. */
export const PolicyText = z.strictObject({
  layer: PolicyLayer,
  name: z.string().min(1).max(120),
  text: z.string().max(64 * 1024),
})
export type PolicyText = Immutable<z.infer<typeof PolicyText>>

const freeMode = Mode
const heldMode = z.enum(["assist", "blocked"])

/** Which mode each tier gets. High can never be autonomous: the type has no such value (INV-05). */
export const ModeMap = z.strictObject({
  format: z.literal("counterfoil.mode-map/1"),
  default: z.strictObject({ low: freeMode, medium: heldMode, high: heldMode }),
  overrides: z
    .array(
      z.strictObject({
        environment: Environment.optional(),
        channel: Channel.optional(),
        low: freeMode.optional(),
        medium: heldMode.optional(),
        high: heldMode.optional(),
      }),
    )
    .max(50),
  exceptions: z
    .array(
      z.strictObject({
        contract: ContractRef,
        medium: z.literal("autonomous"),
        owner: z.string().min(1),
        reason: z.string().min(10).max(200),
        expires: Time,
      }),
    )
    .max(50),
})
export type ModeMap = Immutable<z.infer<typeof ModeMap>>

/** Everything that decides: all layers' texts and the mode map. */
export const PolicySource = z.strictObject({ texts: z.array(PolicyText), modeMap: ModeMap })
export type PolicySource = Immutable<z.infer<typeof PolicySource>>

/** The mode map of a fresh installation. */
export const defaultModeMap: ModeMap = {
  format: "counterfoil.mode-map/1",
  default: { low: "autonomous", medium: "assist", high: "assist" },
  overrides: [],
  exceptions: [],
}
/** Tiers from lowest to highest. */
export const tiers: readonly Tier[] = ["low", "medium", "high"]
