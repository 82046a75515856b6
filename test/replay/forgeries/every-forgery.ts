// The whole corpus of forgeries, in one list.
// Owns: the list alone. docs/design/tampering.md shows it, and forgeries.test.ts runs it.

import { canonicalBytes, type JsonObject } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { asObject } from "../forge.ts"
import type { Forgery } from "./forgery.ts"
import { forgedDecisions } from "./of-decisions.ts"
import { forgedFiles } from "./of-files.ts"
import { forgedRequests } from "./of-requests.ts"
import { forgedReviews } from "./of-reviews.ts"
import { forgedSignatures } from "./of-signatures.ts"
import { forgedStarts } from "./of-starts.ts"
import { forgedStorage } from "./of-storage.ts"
import { forgedWriters } from "./of-writers.ts"

/** Every forgery, each with the check that has to find it. */
export const everyForgery: readonly Forgery[] = [
  ...forgedSignatures,
  ...forgedReviews,
  ...forgedRequests,
  ...forgedStarts((payload: JsonObject) => {
    const requestDigest = digestOf(
      "counterfoil.policy-request.v1",
      canonicalBytes(payload["request"] ?? null),
    )
    const verdict = asObject(payload["verdict"])
    const circumstances = { ...asObject(verdict["circumstances"]), requestDigest }
    return { ...payload, requestDigest, verdict: { ...verdict, circumstances } }
  }),
  ...forgedDecisions,
  ...forgedFiles,
  ...forgedStorage,
  ...forgedWriters,
]
