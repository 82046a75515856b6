// `queue watch`: follows requests, reviews, and rollouts that may void requests.
// Owns: the list of these events. Does not own: the stream.

import { approvalList } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { endpointOf } from "../net/endpoint.ts"
import { principalNames } from "../net/principal-names.ts"
import { readAnswer } from "../net/read-answer.ts"
import { watch } from "../follow/watch.ts"
import { queueText } from "../print/queue.ts"

/** The command: first the open requests, then every event about one, until Ctrl-C. */
export const queueWatch: Command = {
  examples: ["queue watch", "queue watch --jsonl"],
  arguments: [],
  flags: [],
  exits: [1, 2, 4, 130],
  run: async (invocation) => {
    const { body } = await invocation.client().call(endpointOf(approvalList), { status: ["open"] })
    const open = readAnswer(approvalList.output, body, approvalList.ref)
    const names = await principalNames(invocation.client())
    invocation.emit(shownBody(body, (page) => queueText(open, page, names)))
    await watch(invocation, {
      path: "/v1/stream",
      after: "0",
      again: "counterfoil queue watch",
      isLast: () => Promise.resolve(false),
      shows: ({ kind, data }) => isAboutTheQueue(kind) && timeOf(data) > open.asOf,
    })
    return { exit: 0, shown: null }
  },
}

const isAboutTheQueue = (kind: string): boolean =>
  kind.startsWith("controlPlane.approval.") || kind.startsWith("controlPlane.contract.drifted")

/** The time of a CloudEvent, without parsing the whole event. */
const timeOf = (data: string): string => /"time":"([^"]{20,30})"/.exec(data)?.[1] ?? ""
