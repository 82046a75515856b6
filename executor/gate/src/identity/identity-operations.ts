// Every operation on identity, in one table.
// Owns: the list; a test compares it with the routes that are served. Does not own: any row (files beside this one).

import type { IdentityOperation } from "./identity-operation.ts"
import { peopleOperations } from "./people-operations.ts"
import { reviewKeyOperations } from "./review-key-operations.ts"
import { signInOperations } from "./sign-in-operations.ts"
import { tokenOperations } from "./token-operations.ts"

/** The operations on identity, in the order of the documentation. */
export const identityOperations: readonly IdentityOperation[] = [
  ...peopleOperations,
  ...tokenOperations,
  ...signInOperations,
  ...reviewKeyOperations,
]
