// Where the document of a contract is found: what `dataschema` of every event says, and the route that serves it.
// Owns: the address and the route's path. Does not own: the document (schema-document.ts of contracts), who serves it.
// CloudEvents 1.0 §3.1 has `dataschema` as an absolute URI: what has no address is named by a URN, never by a bare path.

import { contractUrn, type ContractRef } from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"

/** The absolute URI of a contract's document. */
export type ContractAddress = (ref: ContractRef) => string

/** The route of these documents. */
export const contractPath = `${httpPrefix}/contracts/:contract`

/**
 * Addresses below the one that others reach the HTTP interface by. Where `publicUrl` answers an empty text, because a process
 * serves no calls and was told of no address, a contract has its name instead: nothing to fetch, and the same in every process.
 */
export const contractAddresses =
  (publicUrl: () => string): ContractAddress =>
  (ref) => {
    const base = publicUrl()
    return base === "" ? contractUrn(ref) : `${base}${contractPath.replace(":contract", ref)}`
  }
