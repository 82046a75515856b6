// `reject`: say no, with the reason that the requester is told.
// Owns: its sugar. Does not own: the review (review/).

import { executionReject } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { resultsText } from "../print/queue.ts"
import { prepareReview } from "../review/review-requests.ts"
import { approvalsArgument, exitOfResults } from "./reviews.ts"

/** The command. */
export const reject = netCommand({
  endpoint: endpointOf(executionReject),
  output: executionReject.output,
  arguments: [approvalsArgument],
  fills: ["items", "signature"],
  fields: {
    reason: { short: "m", help: "why; the requester is told (required)" },
    reasonCode: { long: "code", help: "what kind of no it is (required)" },
    decision: { help: "withdraw takes your own approval back before it is used" },
  },
  flags: [
    {
      long: "digest",
      value: "DIGEST",
      many: true,
      help: "the digest that you were shown; needed where nobody can be asked",
    },
  ],
  examples: [
    'reject apr_55rv --digest c1d0 --code wrongTarget -m "wrong customer"',
    'reject apr_55rv --decision withdraw --code other -m "I looked again"',
  ],
  complete: async (input, invocation) => ({
    ...input,
    ...(await prepareReview(invocation, {
      verb: "reject",
      decision: input["decision"] === "withdraw" ? "withdraw" : "reject",
      text: typeof input["reason"] === "string" ? input["reason"] : null,
      reasonCode: input["reasonCode"],
    })),
  }),
  text: ({ results }, page) => resultsText("rejected", results, page),
  exit: exitOfResults,
})
