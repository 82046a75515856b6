// Whether PgBouncer itself is among the poolers that the tests of sessions use.
// Owns: what the gate says where it is not installed. Does not own: those tests (store/src/database/kept-sessions.test.ts), which
// put a pooler of their own between client and server everywhere, so that nothing is left unshown without it.

import { existsSync } from "node:fs"

/** What a reader of the gate has to know, or null where Debian's package is installed. */
export const pgBouncerNotTested = (): string | null =>
  existsSync("/usr/sbin/pgbouncer")
    ? null
    : "NOT TESTED: PgBouncer itself (apt install pgbouncer): the tests' own pooler took its place"
