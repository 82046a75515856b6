// `reject`: rejects requests, with the reason that the requester receives.
// Owns: its flags. Does not own: the review (review/).

import { executionReject, type JsonObject } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { resultsText } from "../print/queue.ts"
import { asksOneByOne, prepareReview, type Wish } from "../review/review-requests.ts"
import { approvalsArgument, exitOfResults, oneByOne } from "./reviews.ts"

const endpoint = endpointOf(executionReject)
const fields = {
  reason: { short: "m", help: "why, for the requester (required)" },
  reasonCode: { long: "code", help: "the kind of reason (required)" },
  decision: { help: "withdraw revokes your own approval before it is used" },
}
const wishOf = (said: JsonObject): Wish => ({
  verb: "reject",
  decision: said["decision"] === "withdraw" ? "withdraw" : "reject",
  text: typeof said["reason"] === "string" ? said["reason"] : null,
  reasonCode: said["reasonCode"],
})

/** The command. */
export const reject = netCommand({
  endpoint,
  output: executionReject.output,
  arguments: [approvalsArgument],
  fills: ["items", "signature"],
  fields,
  flags: [
    {
      long: "digest",
      value: "DIGEST",
      many: true,
      help: "the digest that you were shown; required without a terminal",
    },
  ],
  examples: [
    'reject apr_55rv --digest c1d04a7e --code wrongTarget -m "wrong customer"',
    'reject apr_55rv --decision withdraw --code other -m "I looked again"',
  ],
  complete: async (input, invocation) => ({
    ...input,
    ...(await prepareReview(invocation, wishOf(input))),
  }),
  instead: (said, invocation) =>
    asksOneByOne(invocation)
      ? oneByOne(invocation, endpoint, said, { wish: wishOf(said), fields, done: "rejected" })
      : null,
  text: ({ results }, page) => resultsText("rejected", results, page),
  exit: exitOfResults,
})
