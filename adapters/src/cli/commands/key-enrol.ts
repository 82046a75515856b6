// `key enrol`: make a key that signs your reviews, and tell the server its public half.
// Owns: that a key the server refused is not kept. Does not own: the file (review/), nor the operation (auth).

import { z } from "zod"
import type { Command } from "../command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { identityEndpoint } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { dropReviewKey, makeReviewKey, readReviewKey } from "../review/review-key.ts"

/** The command. Run again with a key that is there already, it enrols that one. */
export const keyEnrol: Command = {
  examples: ["key enrol"],
  arguments: [],
  flags: [],
  exits: [0, 1, 2, 4],
  run: async ({ settings, client }) => {
    const kept = readReviewKey(settings)
    const key = kept ?? makeReviewKey(settings)
    try {
      const { body } = await client().call(identityEndpoint("reviewKey.enrol"), { spki: key.spki })
      const { keyId } = readAnswer(z.object({ keyId: z.string() }), body, "key enrol")
      return { exit: 0, shown: shownBody(body, () => `key ${keyId} signs your reviews from now on`) }
    } catch (cause) {
      if (kept === null) dropReviewKey(settings)
      throw cause
    }
  },
}
