// `exec watch`: follows an execution until it ends or is in doubt.
// Owns: when to stop. Does not own: the stream or the record.

import { ExecutionView, answerKindOf, executionGet, isFinalAnswer } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { exitOfRecord } from "../exit-code.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId } from "../net/resolve-id.ts"
import { watch } from "../follow/watch.ts"
import { executionText } from "../print/executions.ts"
import { shortId } from "../print/words.ts"

/** Kinds of entries after which the record may be final. */
const turning =
  /\.(execution\.(completed|failed|cancelled|step\.(inDoubt|failed|completed|blocked))|plan\.rejected)$/

/** The command. */
export const execWatch: Command = {
  examples: ["exec watch exe_4k9d", "exec watch exe_4k9d --jsonl"],
  flags: [],
  exits: [0, 1, 2, 3, 4, 7, 130],
  document: ExecutionView,
  follows: true,
  arguments: [{ name: "execution", help: "its id, or a unique prefix such as exe_4k9d" }],
  run: async (invocation) => {
    const { client, args, page } = invocation
    const executionId = await resolveId("id", args[0] ?? "", client)
    const read = async () => {
      const { body } = await client().call(endpointOf(executionGet), {
        executionId,
        include: ["steps", "tree", "output"],
      })
      return { body, view: readAnswer(ExecutionView, body, executionGet.ref) }
    }
    const ended = ({ view }: Awaited<ReturnType<typeof read>>) =>
      isFinalAnswer(answerKindOf(view)) || answerKindOf(view) === "inDoubt"
    let record = await read()
    if (!ended(record)) {
      await watch(invocation, {
        path: `/v1/executions/${executionId}/stream`,
        after: "0",
        again: `counterfoil exec watch ${shortId(page, executionId)}`,
        shows: () => true,
        isLast: async ({ kind }) => {
          if (!turning.test(kind)) return false
          record = await read()
          return ended(record)
        },
      })
    }
    return {
      exit: exitOfRecord(record.view),
      shown: shownBody(record.body, (on) => executionText(record.view, on)),
    }
  },
}
