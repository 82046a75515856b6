// `token create|list|revoke`. Owns: their flags. Does not own: the operations (auth).
// Keeps INV-13: a new token is printed once, on stderr for people, or in the document that a program requested.

import { nameText, TokenOrigin } from "@counterfoil/contracts"
import { z } from "zod"
import type { Command } from "../command.ts"
import { checked, netCommand, withIds } from "../derive/net-command.ts"
import { fieldsOfFlags, flagsOfSchema } from "../derive/schema-flags.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { columns } from "../print/columns.ts"
import { isForPeople } from "../print/page.ts"
import { originText, shortId, when } from "../print/words.ts"

const fields = { session: z.string(), principal: z.string(), label: z.string(), expiresAt: z.string() }
const creating = identityEndpoint("token.create")
const sugars = {
  label: { help: "what it is for (required)" },
  days: { help: "how many days it lasts (required)" },
  principal: { help: "its principal, by id or name; you by default" },
}

/** `token create`. The token is printed on stderr, or with `--json` in the document; stdout names the session. */
export const tokenCreate: Command = {
  examples: [
    "token create --label laptop --days 30",
    "token create --principal release-agent --label ci --days 90 --json",
  ],
  arguments: [],
  flags: flagsOfSchema(creating.inputSchema, [], sugars),
  exits: [0, 1, 2, 4],
  run: async ({ flags, io, client, page }) => {
    const typed = fieldsOfFlags(creating.inputSchema, [], sugars, flags, {
      now: io.now(),
      read: (path) => io.read(path),
    })
    const input = await withIds(creating, typed, client)
    const { body } = await client().call(
      creating,
      checked(creating, input, { positional: [], fields: sugars }),
    )
    const made = readAnswer(z.object({ ...fields, token: z.string() }), body, creating.name)
    const { token, ...rest } = made
    const forPeople = isForPeople(page)
    if (forPeople) io.say(`token, shown once: ${token}      keep it: counterfoil login --token-file -`)
    return {
      exit: 0,
      shown: {
        document: forPeople ? rest : made,
        text: (shown) =>
          `${shortId(shown, made.session)}  token of ${shortId(shown, made.principal)} until ${when(shown, made.expiresAt)}`,
      },
    }
  },
}
/** `token list`. */
export const tokenList = netCommand({
  endpoint: identityEndpoint("token.list"),
  output: z.object({
    items: z.array(
      z.object({
        ...fields,
        origin: TokenOrigin.optional(),
        use: z.string(),
        revokedAt: z.string().optional(),
        refusedAt: z.string().optional(),
      }),
    ),
  }),
  examples: ["token list"],
  text: ({ items }, page) =>
    columns(
      ["session", "principal", "label", "expires", "ended", "from"],
      items.map((token) => [
        shortId(page, token.session),
        shortId(page, token.principal),
        nameText(token.label),
        when(page, token.expiresAt),
        when(page, token.revokedAt),
        token.use === "signIn"
          ? token.refusedAt === undefined
            ? "works once"
            : `tried again ${when(page, token.refusedAt)}`
          : originText(page, token.origin),
      ]),
    ),
})
/** `token revoke`. */
export const tokenRevoke = netCommand({
  endpoint: identityEndpoint("token.revoke"),
  output: z.object({ session: z.string() }),
  examples: ["token revoke ses_4k9d"],
  arguments: [{ name: "session", field: "session", help: "the token's session, from token list" }],
  text: ({ session }, page) => `${shortId(page, session)}  ended`,
})
