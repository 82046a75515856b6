// The caller, as the server reports it.
// Owns: the fields that commands read. Does not own: the operation (auth).

import { z } from "zod"

/** The fields that commands read; other fields are printed only with `--json`. */
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
