// The review keys that the server has for the caller: a key file alone does not show whose it is.
// Does not own: the files (review-key.ts), nor the operation (auth).

import { z } from "zod"
import type { Client } from "../net/client.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"

const Keys = z.object({
  items: z.array(z.object({ keyId: z.string(), human: z.string(), revokedAt: z.string().optional() })),
})

/** The ids of a person's keys that were not revoked; administrators also see the keys of others, which are left out. */
export async function enrolledKeys(client: Client, person: string): Promise<readonly string[]> {
  const { body } = await client.call(identityEndpoint("reviewKey.list"), {})
  const { items } = readAnswer(Keys, body, "key list")
  return items
    .filter(({ human, revokedAt }) => human === person && revokedAt === undefined)
    .map(({ keyId }) => keyId)
}
