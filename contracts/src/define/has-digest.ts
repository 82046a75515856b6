// Whether a contract has the digest that a stored record names.
// Does not own: the digests (meaning-of.ts), nor what follows when it is another one.

import type { Digest } from "../primitives.ts"
import type { Contract } from "./contract.ts"

/** True when this is the digest of the contract, now or as earlier releases gave it; false without a contract. */
export const hasDigest = (
  contract: Pick<Contract, "digest" | "formerDigest"> | undefined,
  digest: Digest,
): boolean => contract?.digest === digest || contract?.formerDigest === digest
