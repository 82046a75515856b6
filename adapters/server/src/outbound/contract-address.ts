// The address of a contract's document: the `dataschema` of every event, and the route that serves the document.
// Owns: the address and the route's path. Does not own: the document (schema-document.ts of contracts), nor serving it.
// CloudEvents 1.0 §3.1 requires `dataschema` to be an absolute URI: without an address it is a URN, never a bare path.

import { contractUrn, type ContractRef } from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"

/** The absolute URI of a contract's document. */
export type ContractAddress = (ref: ContractRef) => string

/** The route of these documents. */
export const contractPath = `${httpPrefix}/contracts/:contract`

/**
 * Addresses below the public address of the HTTP interface. Where `publicUrl` returns an empty text, because a process
 * serves no calls and no address is configured, a contract has a URN instead: it cannot be fetched, and is the same in every process.
 */
export const contractAddresses =
  (publicUrl: () => string): ContractAddress =>
  (ref) => {
    const base = publicUrl()
    return base === "" ? contractUrn(ref) : `${base}${contractPath.replace(":contract", ref)}`
  }
