// What a fresh installation decides with.
// Owns: the list of texts. Does not own: activating it (the store keeps the pointer).

import { defaultModeMap, type PolicySource } from "@counterfoil/contracts"
import { baseText } from "./base.ts"
import { controlText, startText } from "./start.ts"

/** The base layer, the tenant's start rules and the default mode map. */
export const defaultPolicySource = (): PolicySource => ({
  texts: [baseText, startText, controlText],
  modeMap: defaultModeMap,
})
