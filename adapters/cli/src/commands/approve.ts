// `approve`: approves exactly what was shown.
// Owns: its flags and the exit code for several requests. Does not own: the review (review/).

import { executionApprove, type Json } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { resultsText } from "../print/queue.ts"
import { asksOneByOne, prepareReview, type Wish } from "../review/review-requests.ts"
import { approvalsArgument, exitOfResults, oneByOne } from "./reviews.ts"

const endpoint = endpointOf(executionApprove)
const fields = { note: { short: "m", help: "a note for the trace" } }
const wishOf = (note: Json | undefined): Wish => ({
  verb: "approve",
  decision: "approve",
  text: typeof note === "string" ? note : null,
  reasonCode: undefined,
})

/** The command. */
export const approve = netCommand({
  endpoint,
  output: executionApprove.output,
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
  examples: ['approve apr_3fxq --digest 7be23c91 -m "checked with billing"', "approve apr_3fxq"],
  complete: async ({ note }, invocation) => ({
    ...(note === undefined ? {} : { note }),
    ...(await prepareReview(invocation, wishOf(note))),
  }),
  instead: (said, invocation) =>
    asksOneByOne(invocation)
      ? oneByOne(invocation, endpoint, said, { wish: wishOf(said["note"]), fields, done: "approved" })
      : null,
  text: ({ results }, page) => resultsText("approved", results, page),
  exit: exitOfResults,
})
