// `key list|revoke`: the keys that sign reviews.
// Owns: their flags. Does not own: the operations (auth).

import { z } from "zod"
import { netCommand } from "../derive/net-command.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { columns } from "../print/columns.ts"
import { shortId, when } from "../print/words.ts"

const Keys = z.object({
  items: z.array(
    z.object({
      keyId: z.string(),
      human: z.string(),
      enrolledAt: z.string(),
      revokedAt: z.string().optional(),
    }),
  ),
})

/** `key list`. */
export const keyList = netCommand({
  endpoint: identityEndpoint("reviewKey.list"),
  output: Keys,
  examples: ["key list"],
  text: ({ items }, page) =>
    columns(
      ["key", "human", "enrolled", "revoked"],
      items.map((key) => [
        key.keyId,
        shortId(page, key.human),
        when(page, key.enrolledAt),
        when(page, key.revokedAt),
      ]),
    ),
})
/** `key revoke`. */
export const keyRevoke = netCommand({
  endpoint: identityEndpoint("reviewKey.revoke"),
  output: z.object({ keyId: z.string() }),
  examples: ["key revoke 7be2"],
  arguments: [{ name: "key", field: "keyId", help: "its id, or a unique prefix such as 7be2" }],
  text: ({ keyId }) => `key ${keyId} is revoked`,
})
