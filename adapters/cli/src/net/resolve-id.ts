// Finds ids by a unique prefix, and principals by name. A prefix is the word and at least four characters, of the whole id or of
// its random part: the characters before that part are a time, which ids of one day share.
// Owns: the choice among candidates, and where candidates come from. An ambiguous prefix is an error (exit 2).

import {
  approvalList,
  executionList,
  PrincipalId,
  type Json,
  type JsonSchema,
  isObject,
  listOf,
} from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Client } from "./client.ts"
import { endpointOf, type Endpoint } from "./endpoint.ts"

/** A source of candidates: a list endpoint, and the field of its items with the id. */
interface Listing {
  readonly endpoint: () => Promise<Endpoint>
  readonly field: string
}

const identity = async (name: string): Promise<Endpoint> =>
  (await import("./identity-endpoint.ts")).identityEndpoint(name)

const listings: { readonly [prefix: string]: Listing } = {
  exe: { endpoint: () => Promise.resolve(endpointOf(executionList)), field: "executionId" },
  apr: { endpoint: () => Promise.resolve(endpointOf(approvalList)), field: "approvalId" },
  ses: { endpoint: () => identity("token.list"), field: "session" },
  grn: { endpoint: () => identity("grant.list"), field: "grantId" },
  hum: { endpoint: () => identity("principal.list"), field: "principal" },
  svc: { endpoint: () => identity("principal.list"), field: "principal" },
  agt: { endpoint: () => identity("principal.list"), field: "principal" },
  tol: { endpoint: () => identity("principal.list"), field: "principal" },
}

/** Keys that sign reviews have no prefix word: their id is a digest in hex. */
const keyListing: Listing = { endpoint: () => identity("reviewKey.list"), field: "keyId" }

/** Pages of candidates to read: the 1,000 newest, so that a typo costs at most five requests. */
const pagesMax = 5
const pageItems = 200
/** The length of a whole id. */
const wholeChars = 30

/** The length of the word of an id with its `_`, and then of its time (48 bits in ten characters of five bits). */
const wordChars = 4
const timeChars = 10

/** What a field accepts: an id, a principal by id or name, or a key that signs reviews by its digest in hex. */
type Takes = "id" | "principal" | "key"

/** What a field of this schema accepts; null for a field without an id. */
export function takesOf({ pattern }: JsonSchema): Takes | null {
  if (typeof pattern !== "string") return null
  if (pattern === "^[0-9a-f]{64}$") return "key"
  if (/^\^(\((\(hum\||hum\|)|hum_)/.test(pattern)) return "principal"
  return /^\^[a-z]{3}_\[/.test(pattern) ? "id" : null
}

/** The whole id for what was typed; a whole id, and a text that is neither an id nor a name, is returned unchanged. Errors: ambiguous, not found. */
export async function resolveId(takes: Takes, typed: string, client: () => Client): Promise<string> {
  if (takes === "key") return await keyThat(typed, client)
  const cut = /^([a-z]{3})_([0-9a-hjkmnp-tv-z]{4,})$/.exec(typed)
  const listing = cut === null ? undefined : listings[cut[1] ?? ""]
  if (listing !== undefined)
    return typed.length === wholeChars ? typed : chooseId(typed, await candidates(listing, client()))
  if (takes === "id" || PrincipalId.safeParse(typed).success) return typed
  return await principalNamed(typed, client())
}

/** The key whose id starts with `typed`. Errors: ambiguous, not found. */
async function keyThat(typed: string, client: () => Client): Promise<string> {
  if (!/^[0-9a-f]{4,63}$/.test(typed)) return typed
  const ids = await candidates(keyListing, client())
  return chooseId(
    typed,
    ids.filter((id) => id.startsWith(typed)),
  )
}

/** The principal of this name. Errors: not found. */
async function principalNamed(name: string, client: Client): Promise<string> {
  const { body } = await client.call(await identity("principal.list"), {})
  const found = itemsOf(body).find((item) => isObject(item) && item["name"] === name)
  if (isObject(found) && typeof found["principal"] === "string") return found["principal"]
  throw new CliError(`No principal is named ${name}.`, {
    code: "NOT_FOUND",
    ends: "failed",
    fix: "counterfoil principal list",
    see: "docs/errors/NOT_FOUND.md",
  })
}

/** The one candidate that starts with `typed`, or whose random part does. Errors: ambiguous (usage, with the candidates), not found. */
export function chooseId(typed: string, ids: readonly string[]): string {
  const isMeant = (id: string): boolean =>
    id.startsWith(typed) || `${id.slice(0, wordChars)}${id.slice(wordChars + timeChars)}`.startsWith(typed)
  const found = [...new Set(ids.filter(isMeant))].sort()
  const [one, ...more] = found
  if (one !== undefined && more.length === 0) return one
  if (one !== undefined)
    throw new CliError(`${typed} is not unique.`, {
      code: "ID_AMBIGUOUS",
      lines: found,
      fix: "counterfoil exec list",
    })
  throw new CliError(`None of the newest ids starts with ${typed}.`, {
    code: "NOT_FOUND",
    ends: "failed",
    fix: "counterfoil exec list",
    see: "docs/errors/NOT_FOUND.md",
  })
}

async function candidates({ endpoint, field }: Listing, client: Client): Promise<readonly string[]> {
  const place = await endpoint()
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
