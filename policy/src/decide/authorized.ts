// What the engine's answer to one question means.
// Owns: the closed list. Does not own: reading the answer (authorize.ts) or remembering it (slice-cache.ts).

import type { RuleId } from "@counterfoil/contracts"

/** What the engine said about one member. */
export type Authorized =
  | { readonly kind: "allow"; readonly reasons: readonly RuleId[] }
  | { readonly kind: "forbidden"; readonly reasons: readonly RuleId[] }
  | { readonly kind: "noMatch" | "engineError" | "invalidRequest" }
  | {
      readonly kind: "policyError"
      readonly errors: readonly { readonly ruleId: string; readonly message: string }[]
    }
