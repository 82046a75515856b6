// `queue show`: shows one request, with everything needed to decide.
// Does not own: the words (print/queue.ts).

import { ApprovalItem, documentOf } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { differenceOf } from "../net/policy-difference.ts"
import { approvalText } from "../print/queue.ts"
import { readRequest } from "../review/review-requests.ts"

/** The command. */
export const queueShow: Command = {
  examples: ["queue show apr_3fxq", "queue show apr_3fxq --json"],
  arguments: [{ name: "approval", help: "its id, or a unique prefix such as apr_3fxq" }],
  flags: [],
  exits: [0, 1, 2, 4],
  document: ApprovalItem,
  run: async (invocation) => {
    const item = await readRequest(invocation, invocation.args[0] ?? "")
    const differs = await differenceOf(invocation.client(), item)
    return {
      exit: 0,
      shown: {
        document: documentOf(item),
        text: (page) =>
          [approvalText(item, page), ...(differs.length === 0 ? [] : ["", ...differs])].join("\n"),
      },
    }
  },
}
