// The handlers of the control plane's own commands: policy, principals, grants, erasure.
// Does not own: who may (policy), nor tokens (auth).

import type { Handler } from "@counterfoil/contracts/ports"
import { erasureHandlers } from "./erasure-handlers.ts"
import type { GovernanceWorld } from "./governance-world.ts"
import { grantHandlers } from "./grant-handlers.ts"
import { introductionHandlers } from "./introduction-handlers.ts"
import { policyHandlers } from "./policy-handlers.ts"
import { principalHandlers } from "./principal-handlers.ts"
import { recoveryHandlers } from "./recovery-handlers.ts"

/** One handler for each governing command. */
export const governanceHandlers = (world: GovernanceWorld): readonly Handler[] => [
  ...principalHandlers(world),
  ...grantHandlers(world),
  ...introductionHandlers(world),
  ...policyHandlers(world),
  ...erasureHandlers(world),
  ...recoveryHandlers(world),
]
