// Serves the generated descriptions of the interfaces: OpenAPI, AsyncAPI and the contract lock.
// Owns: their routes. Does not own: the documents.

import type { FastifyInstance } from "fastify"
import {
  ContractRef,
  refuse,
  schemaDocument,
  type Refusal,
  type Registry,
  type SemVer,
} from "@counterfoil/contracts"
import { lockFile, lockOf, lockText } from "@counterfoil/contracts/drift"
import { httpPrefix } from "@counterfoil/contracts/http"
import { contractPath, type ContractAddress } from "../outbound/contract-address.ts"
import { openApi } from "./open-api.ts"
import { answerProblem } from "./problem-answer.ts"
import { partsOf } from "./request.ts"

/** The paths of the descriptions. */
export const descriptionPaths = {
  openapi: `${httpPrefix}/openapi.json`,
  asyncapi: `${httpPrefix}/asyncapi.json`,
  lock: `${httpPrefix}/${lockFile}`,
  contract: contractPath,
}

/** What is described, and the addresses by which the descriptions refer to each other. */
export interface Descriptions {
  readonly registry: Registry
  /** The version of the program, which the lock names. */
  readonly version: SemVer
  readonly addressOf: ContractAddress
  /** The events and messages, described as AsyncAPI. */
  readonly asyncApi: (registry: Registry) => unknown
}

/** Serves them. Each whole document is made once, at the first request: the registry does not change while the server runs. */
export function serveDescriptions(
  app: FastifyInstance,
  { registry, version, addressOf, asyncApi }: Descriptions,
): void {
  const texts = [
    [descriptionPaths.openapi, () => JSON.stringify(openApi(registry))],
    [descriptionPaths.asyncapi, () => JSON.stringify(asyncApi(registry))],
    // Acknowledgements are stored in a repository; a running server does not have them.
    [descriptionPaths.lock, () => lockText(lockOf(registry, version, []))],
  ] as const
  for (const [path, make] of texts) {
    let text: string | null = null
    app.get(path, async (_request, reply) => reply.type("application/json").send((text ??= make())))
  }
  app.get(contractPath, async (request, reply) => {
    const named = partsOf(request).path["contract"] ?? ""
    const contract = registry.find(named)
    if (contract === undefined) return answerProblem(reply, unknown(named).problem(request.id))
    const document = schemaDocument(contract, addressOf(contract.ref))
    return reply.type("application/schema+json").send(JSON.stringify(document))
  })
}

function unknown(named: string): Refusal {
  const ref = ContractRef.safeParse(named)
  return ref.success
    ? refuse("CONTRACT_UNKNOWN", { ref: ref.data })
    : refuse("NOT_FOUND", { type: "Contract" })
}
