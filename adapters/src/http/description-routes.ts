// The generated descriptions, served beside what they describe.
// Owns: their routes. Does not own: the documents.

import type { FastifyInstance } from "fastify"
import type { Registry } from "@counterfoil/contracts"
import { lockFile, lockText } from "@counterfoil/contracts/drift"
import { httpPrefix } from "@counterfoil/contracts/http"
import { lockOfRegistry } from "../drift/lock-of-registry.ts"
import { asyncApi } from "../nats/async-api.ts"
import { openApi } from "./open-api.ts"

/** The paths of the descriptions. */
export const descriptionPaths = {
  openapi: `${httpPrefix}/openapi.json`,
  asyncapi: `${httpPrefix}/asyncapi.json`,
  lock: `${httpPrefix}/${lockFile}`,
}

/** Serves them. They are made once: the registry does not change under a running server. */
export function serveDescriptions(app: FastifyInstance, registry: Registry): void {
  const texts = [
    [descriptionPaths.openapi, JSON.stringify(openApi(registry))],
    [descriptionPaths.asyncapi, JSON.stringify(asyncApi(registry))],
    // What is acknowledged stands in a repository; a running server knows of none of it.
    [descriptionPaths.lock, lockText(lockOfRegistry(registry, []))],
  ] as const
  for (const [path, text] of texts)
    app.get(path, async (_request, reply) => reply.type("application/json").send(text))
}
