// `key enrol`: makes a key that signs your reviews, and enrols its public half at the server.
// Owns: deleting a key that the server refused. Does not own: the file (review/), nor the operation (auth).

import { z } from "zod"
import type { Command } from "../command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { enrolledKeys } from "../review/enrolled-keys.ts"
import { dropReviewKey, makeReviewKey, placeOf, reviewKeyFor } from "../review/review-key.ts"
import { Self } from "../net/self.ts"

/** The command. When this person already has a key file, it enrols that key. */
export const keyEnrol: Command = {
  examples: ["key enrol"],
  arguments: [],
  flags: [],
  exits: [0, 1, 2, 4],
  run: async ({ settings, client }) => {
    const { body: who } = await client().call(identityEndpoint("session.read"), {})
    const { principal } = readAnswer(Self, who, "whoami")
    const place = placeOf(settings, principal)
    const kept = await reviewKeyFor(settings, principal, () => enrolledKeys(client(), principal))
    const key = kept ?? makeReviewKey(place)
    try {
      const { body } = await client().call(identityEndpoint("reviewKey.enrol"), { spki: key.spki })
      const { keyId } = readAnswer(z.object({ keyId: z.string() }), body, "key enrol")
      return { exit: 0, shown: shownBody(body, () => `key ${keyId} signs your reviews from now on`) }
    } catch (cause) {
      if (kept === null) dropReviewKey(place)
      throw cause
    }
  },
}
