// Whether a login is the owner's: the one that could do anything to the tables, whatever the program lets it do.
// Owns: the question. Does not own: what only the owner's login is let do.

import { newClient } from "./connect.ts"

/** True for a login that owns the tables, or is a member of the role that does. Throws what the connection throws. */
export async function ownsDatabase(url: string): Promise<boolean> {
  const client = newClient({ url, role: null, tenant: "" })
  client.on("error", () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<{ owned: boolean }>(
      "select pg_has_role(session_user, relowner, 'MEMBER') as owned from pg_class where oid = to_regclass('public.principal')",
    )
    return rows[0]?.owned === true
  } finally {
    await client.end()
  }
}
