// Who is calling, by the token that came with the request.
// Owns: from a header to a Caller. Does not own: what the caller may do (policy), nor other proofs (signed reviews).
// Keeps INV-04: unknown, expired, revoked and disabled all answer UNAUTHENTICATED, with nothing to tell them apart; and INV-12:
// a token of a service as which the program asks is like an unknown one.

import {
  err,
  ok,
  refuse,
  type Channel,
  type Digest,
  type Refusal,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import type { Directory } from "@counterfoil/contracts/ports"
import {
  type Session,
  traceparentOf,
  isProgramService,
  isSignIn,
  isToken,
  tokenHash,
} from "@counterfoil/gate"

/** What a channel knows of a request before anybody is known. All of it *untrusted* but `channel` and `now`. */
export interface Presented {
  readonly authorization: string | undefined
  readonly traceparent: string | undefined
  readonly channel: Channel
  readonly now: Time
}

/**
 * The session behind `Authorization: Bearer <token>` (RFC 6750 §2.1).
 * Errors: UNAUTHENTICATED, the same for every reason. Throws what the directory throws.
 */
export const authenticate = (presented: Presented, directory: Directory): Promise<Result<Session, Refusal>> =>
  sessionOfHash(bearerHash(presented.authorization ?? null), presented, directory)

/**
 * The holder of a one-time sign-in, for the route that exchanges it. A sign-in that was used or has expired is answered too, as
 * `spent`: the route then tells its holder that another person may have used it. Errors: UNAUTHENTICATED.
 */
export async function authenticateSignIn(
  presented: Presented,
  directory: Directory,
): Promise<Result<Session, Refusal>> {
  const text = bearerOf(presented.authorization ?? null)
  const known = text !== null && isSignIn(text) ? await directory.token(tokenHash(text)) : null
  if (known?.token.use !== "signIn" || !known.principal.enabled || !isOf(known)) return unauthenticated
  const { revokedAt, expiresAt, refusedAt } = known.token
  const at = revokedAt ?? (expiresAt <= presented.now ? expiresAt : null)
  return ok({ ...sessionIn(known, presented), ...(at === null ? {} : { spent: { at, refusedAt } }) })
}

/** The session behind a token that is known by its hash alone, as a channel knows it that keeps messages. Errors: as `authenticate`. */
export async function sessionOfHash(
  hash: Digest | null,
  presented: Omit<Presented, "authorization">,
  directory: Directory,
): Promise<Result<Session, Refusal>> {
  if (hash === null) return unauthenticated
  const known = await directory.token(hash)
  if (known === null) return unauthenticated
  const { token: row, principal } = known
  const counts =
    row.use === "session" && row.revokedAt === null && row.expiresAt > presented.now && principal.enabled
  return counts && isOf(known) ? ok(sessionIn(known, presented)) : unauthenticated
}

type Known = NonNullable<Awaited<ReturnType<Directory["token"]>>>

// A token of a service as which the program itself asks authenticates no one, whenever it was made.
const isOf = ({ token, principal }: Known): boolean =>
  token.tenant === principal.tenant && token.principal === principal.id && !isProgramService(principal)

const sessionIn = (
  { token: row, principal }: Known,
  { channel, traceparent }: Omit<Presented, "authorization">,
): Session => ({
  expiresAt: row.expiresAt,
  caller: {
    tenant: principal.tenant,
    principal: principal.id,
    kind: principal.kind,
    name: principal.name,
    owner: principal.owner,
    roles: principal.roles,
    session: row.session,
    mintedBy: row.mintedBy,
    origin: row.origin,
    assurance: row.assurance,
    channel,
    traceparent: traceparentOf(traceparent),
  },
})

const unauthenticated = err(refuse("UNAUTHENTICATED", {}))

/** What we keep of the token in an `Authorization` header; null when there is none that could be ours. */
export function bearerHash(authorization: string | null): Digest | null {
  const token = bearerOf(authorization)
  return token !== null && isToken(token) ? tokenHash(token) : null
}

const bearerOf = (authorization: string | null): string | null =>
  /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? null
