// `whoami`: shows the principal of the token.
// Owns: its words. Does not own: the operation (auth).

import { type Immutable, nameText } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { Self } from "../net/self.ts"
import { aligned } from "../print/columns.ts"
import type { Page } from "../print/page.ts"
import { when } from "../print/words.ts"

/** The command. */
export const whoami = netCommand({
  endpoint: identityEndpoint("session.read"),
  output: Self,
  text: selfText,
  examples: ["whoami", "whoami --json"],
})

/** Name, roles and capabilities, one per line. */
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
