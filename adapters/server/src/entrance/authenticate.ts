// Authenticates the caller by the token of the request.
// Owns: the way from a header to a `Caller`. Does not own: what the caller may do (policy), nor other proofs (signed reviews).
// Keeps INV-04: unknown, expired, revoked and disabled tokens get the same answer, UNAUTHENTICATED; and INV-12:
// a token of a service that the program itself acts as is treated like an unknown token.

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

/** What a channel knows of a request before it is authenticated. All of it is *untrusted* but `channel` and `now`. */
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
 * The holder of a one-time sign-in, for the route that exchanges it. A sign-in that was used or has expired is returned too, as
 * `spent`: the route then warns its holder that another person may have used it. Errors: UNAUTHENTICATED.
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

/** The session behind the hash of a token, for a channel that stores messages and so keeps no token. Errors: as `authenticate`. */
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

// A token of a service that the program itself acts as authenticates no one, no matter when it was made.
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

/** The hash of the token in an `Authorization` header; null when the header has no token in the format of this program. */
export function bearerHash(authorization: string | null): Digest | null {
  const token = bearerOf(authorization)
  return token !== null && isToken(token) ? tokenHash(token) : null
}

const bearerOf = (authorization: string | null): string | null =>
  /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? null
