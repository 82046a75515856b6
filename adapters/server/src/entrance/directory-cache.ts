// A cache of the directory in one process: what was read less than a second ago is not read again.
// Owns: what is cached, for how long, and that a write of this process clears the cache. Does not own: the rows.
// Keeps INV-04: only rows that the directory returned are cached, never that a token is unknown. Another process's revocation
// takes effect here within the second; consuming an approval reads the directory inside its transaction and never uses the cache.

import type { Directory, TraceStore } from "@counterfoil/contracts/ports"

/** How old a cached answer may be, counted from when it was requested; the pointer to the active policy is cached as long. */
export const directoryFreshMs = 1_000
/** Answers cached at once, about 5 MB; at this number the whole cache is cleared. */
const answersMax = 10_000

/** The same store with a cached directory; `nowMs` is a monotonic clock. */
export function withCachedDirectory<S extends Pick<TraceStore, "directory" | "governing">>(
  store: S,
  nowMs: () => number,
): S {
  const { directory } = store
  const answers = new Map<string, { readonly answer: Promise<unknown>; readonly untilMs: number }>()

  const remembered = <T>(key: string, read: () => Promise<T>, keeps: (answer: T) => boolean): Promise<T> => {
    const known = answers.get(key)
    // The key names the method and its arguments, so the value stored under it has that method's type.
    if (known !== undefined && known.untilMs > nowMs()) return known.answer as Promise<T>
    if (answers.size >= answersMax) answers.clear()
    const held = { answer: read(), untilMs: nowMs() + directoryFreshMs }
    answers.set(key, held)
    const forget = (): void => {
      if (answers.get(key) === held) answers.delete(key)
    }
    held.answer.then((answer) => keeps(answer) || forget(), forget)
    return held.answer
  }
  const always = (): boolean => true
  // Clear the cache after the write: a read during the write may have returned the state before it.
  const forgetting = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write
    } finally {
      answers.clear()
    }
  }
  const cached: Directory = {
    ...directory,
    principal: (tenant, id) =>
      remembered(`principal ${tenant} ${id}`, () => directory.principal(tenant, id), always),
    member: (tenant, id, capability) =>
      remembered(
        `member ${tenant} ${id} ${capability}`,
        () => directory.member(tenant, id, capability),
        always,
      ),
    capabilitiesOf: (tenant, id) =>
      remembered(`capabilities ${tenant} ${id}`, () => directory.capabilitiesOf(tenant, id), always),
    token: (hash) =>
      remembered(
        `token ${hash}`,
        () => directory.token(hash),
        (known) => known !== null,
      ),
    addPrincipal: (row) => forgetting(directory.addPrincipal(row)),
    disablePrincipal: (tenant, id, at) => forgetting(directory.disablePrincipal(tenant, id, at)),
    enablePrincipal: (tenant, id) => forgetting(directory.enablePrincipal(tenant, id)),
    giveGrant: (tenant, grant, givenBy, reason) =>
      forgetting(directory.giveGrant(tenant, grant, givenBy, reason)),
    giveRole: (tenant, grantId, id, role, expiresAt) =>
      forgetting(directory.giveRole(tenant, grantId, id, role, expiresAt)),
    revokeGrant: (tenant, grantId, at) => forgetting(directory.revokeGrant(tenant, grantId, at)),
    addToken: (row) => forgetting(directory.addToken(row)),
    revokeToken: (tenant, session, at) => forgetting(directory.revokeToken(tenant, session, at)),
    resetToken: (tenant, session, at) => forgetting(directory.resetToken(tenant, session, at)),
    refuseSignIn: (tenant, session, at) => forgetting(directory.refuseSignIn(tenant, session, at)),
    enrolReviewKey: (row) => forgetting(directory.enrolReviewKey(row)),
    revokeReviewKey: (tenant, keyId, at) => forgetting(directory.revokeReviewKey(tenant, keyId, at)),
  }
  return {
    ...store,
    directory: cached,
    // A change of governing state reads and writes a directory of its own.
    governing: (tenant, change) => forgetting(store.governing(tenant, change)),
  }
}
