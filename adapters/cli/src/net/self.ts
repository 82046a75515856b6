// The caller as the server knows it.
// Owns: the form of that answer, as far as commands read it. Does not own: the operation (auth).

import { z } from "zod"

/** What commands read of the answer; fields beyond these are printed with `--json` alone. */
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
