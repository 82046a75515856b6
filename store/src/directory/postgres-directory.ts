// The Directory port on PostgreSQL: who exists, what they hold, how they prove who they are.
// Owns: putting its parts together. Does not own: the queries of each, nor who may change anything (the gate).

import type { Directory } from "@counterfoil/contracts/ports"
import type { DirectoryAccess } from "./directory-access.ts"
import { grantQueries } from "./grants.ts"
import { principalQueries } from "./principals.ts"
import { reviewKeyQueries } from "./review-keys.ts"
import { roleGrantQueries } from "./role-grants.ts"
import { tokenQueries } from "./tokens.ts"

/** The Directory port over the given access. */
export const postgresDirectory = (access: DirectoryAccess): Directory => ({
  ...principalQueries(access),
  ...grantQueries(access),
  ...roleGrantQueries(access),
  ...tokenQueries(access),
  ...reviewKeyQueries(access),
})
