// The paths of every route as templates, which metrics use as labels of requests.
// Owns: the list, which is needed before the server starts. Does not own: the routes; a test compares both.

import type { Registry } from "@counterfoil/contracts"
import { httpCalls, httpPrefix } from "@counterfoil/contracts/http"
import { identityOperations } from "@counterfoil/gate"
import { descriptionPaths } from "./description-routes.ts"
import { streamPaths } from "./stream-routes.ts"

/** Every path that a server of this registry serves, each once. */
export const routeTemplates = (registry: Registry): readonly string[] => [
  ...new Set([
    ...httpCalls(registry).map(({ operation }) => operation.path),
    ...identityOperations.map(({ path }) => `${httpPrefix}${path}`),
    ...Object.keys(streamPaths),
    ...Object.values(descriptionPaths),
    "/livez",
    "/readyz",
  ]),
]
