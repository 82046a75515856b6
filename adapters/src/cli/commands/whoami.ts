// `whoami`: who the server takes you for.
// Owns: its sugar and words. Does not own: the operation (auth).

import { z } from "zod"
import { type Immutable, nameText } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { aligned } from "../print/columns.ts"
import type { Page } from "../print/page.ts"
import { when } from "../print/words.ts"

/** What the command reads of the answer; fields beyond these are printed with `--json` alone. */
export const Self = z.object({
  tenant: z.string(),
  principal: z.string(),
  kind: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  capabilities: z.array(z.string()),
  session: z.string(),
  assurance: z.string(),
  expiresAt: z.string(),
})
export type Self = z.infer<typeof Self>

/** The command. */
export const whoami = netCommand({
  endpoint: identityEndpoint("session.read"),
  output: Self,
  text: selfText,
  examples: ["whoami", "whoami --json"],
})

/** Name, roles and capabilities, one a line. */
export function selfText(self: Immutable<Self>, page: Page): string {
  return [
    `${nameText(self.name)}  ${self.principal}  ${self.kind} of ${self.tenant}`,
    aligned([
      ["roles", self.roles.join(", ") || "–"],
      ["capabilities", self.capabilities.join(", ") || "–"],
      ["session", `${self.assurance}, ends ${when(page, self.expiresAt)}`],
    ]),
  ].join("\n")
}
