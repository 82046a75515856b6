// Ids by a unique prefix: the prefix word and at least four characters.
// Owns: the choice among candidates, and where candidates come from. An ambiguous prefix does nothing (exit 2).

import { approvalList, executionList, type Json } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Client } from "./client.ts"
import { endpointOf, identityEndpoint, type Endpoint } from "./endpoint.ts"
import { isObject, listOf } from "../json-values.ts"

/** A source of candidates: an endpoint that lists, and the field of its items that holds the id. */
interface Listing {
  readonly endpoint: () => Endpoint
  readonly field: string
}

const listings: { readonly [prefix: string]: Listing } = {
  exe: { endpoint: () => endpointOf(executionList), field: "executionId" },
  apr: { endpoint: () => endpointOf(approvalList), field: "approvalId" },
  ses: { endpoint: () => identityEndpoint("token.list"), field: "session" },
  grn: { endpoint: () => identityEndpoint("grant.list"), field: "grantId" },
  hum: { endpoint: () => identityEndpoint("principal.list"), field: "principal" },
  svc: { endpoint: () => identityEndpoint("principal.list"), field: "principal" },
  agt: { endpoint: () => identityEndpoint("principal.list"), field: "principal" },
  tol: { endpoint: () => identityEndpoint("principal.list"), field: "principal" },
}

/** Pages of candidates looked at: 1,000 of the newest, so that a typo costs five requests at most. */
const pagesMax = 5
const pageItems = 200

/** The id that was meant; what is whole, or no id of a listed kind, stays as typed. Errors: ambiguous, not found. */
export async function resolveId(field: string, typed: string, client: () => Client): Promise<string> {
  const cut = /^([a-z]{3})_([0-9a-hjkmnp-tv-z]{4,25})$/.exec(typed)
  const listing = cut === null ? undefined : listings[cut[1] ?? ""]
  if (listing === undefined || field === "name") return typed
  return chooseId(typed, await candidates(listing, client()))
}

/** The one candidate that starts with what was typed. Errors: ambiguous (usage, with the candidates), not found. */
export function chooseId(typed: string, ids: readonly string[]): string {
  const found = [...new Set(ids.filter((id) => id.startsWith(typed)))].sort()
  const [one, ...more] = found
  if (one !== undefined && more.length === 0) return one
  if (one !== undefined)
    throw new CliError(`${typed} is not unique.`, {
      code: "ID_AMBIGUOUS",
      lines: found,
      fix: "counterfoil exec list",
    })
  throw new CliError(`Nothing among the newest starts with ${typed}.`, {
    code: "NOT_FOUND",
    ends: "failed",
    fix: "counterfoil exec list",
    see: "docs/errors/NOT_FOUND.md",
  })
}

async function candidates({ endpoint, field }: Listing, client: Client): Promise<readonly string[]> {
  const place = endpoint()
  const paged = "limit" in (place.inputSchema["properties"] as object)
  const ids: string[] = []
  let cursor: string | undefined
  for (let page = 0; page < pagesMax; page += 1) {
    const { body } = await client.call(place, {
      ...(paged ? { limit: pageItems } : {}),
      ...(cursor === undefined ? {} : { cursor }),
    })
    ids.push(
      ...itemsOf(body).flatMap((item) =>
        isObject(item) && typeof item[field] === "string" ? [item[field]] : [],
      ),
    )
    const next = isObject(body) ? body["nextCursor"] : undefined
    if (typeof next !== "string") break
    cursor = next
  }
  return ids
}

/** The items of a list's body. */
export const itemsOf = (body: Json): readonly Json[] => listOf(isObject(body) ? body["items"] : undefined)
