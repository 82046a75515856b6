// The parts that `approve` and `reject` share.
// Owns: their argument and their exit code. Does not own: reading or signing (review/).

import {
  executionApprove,
  type Json,
  type JsonObject,
  type Problem,
  documentOf,
} from "@counterfoil/contracts"
import type { Ending, Invocation } from "../command.ts"
import { callKeyed, checked, type Positional } from "../derive/net-command.ts"
import type { Sugars } from "../derive/schema-flags.ts"
import { shownBody } from "../derive/shown-body.ts"
import { exitCodeOf, highest } from "../exit-code.ts"
import type { ExitCode } from "../exit-codes.ts"
import type { Endpoint } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resultsText } from "../print/queue.ts"
import { reviewOneByOne, type Wish } from "../review/review-requests.ts"

/** One or more requests. */
export const approvalsArgument: Positional = {
  name: "approval",
  field: "items",
  many: true,
  help: "ids of requests, or unique prefixes such as apr_3fxq",
}

/** The highest exit code of the items, so that one failed item shows. */
export function exitOfResults({
  results,
}: {
  readonly results: readonly { readonly error?: Problem }[]
}): ExitCode {
  return highest(
    results.map(({ error }) => (error === undefined ? 0 : exitCodeOf({ kind: "problem", code: error.code }))),
  )
}

/** Reviews several requests; each answer is sent before the next question. */
export async function oneByOne(
  invocation: Invocation,
  endpoint: Endpoint,
  said: JsonObject,
  { wish, fields, done }: { readonly wish: Wish; readonly fields: Sugars; readonly done: string },
): Promise<Ending> {
  const results: Json[] = []
  const names = { positional: [approvalsArgument], fields }
  const exit = await reviewOneByOne(invocation, wish, {
    check: (review) => {
      checked(endpoint, { ...said, ...review }, names)
    },
    send: async (review) => {
      const body = await callKeyed(endpoint, checked(endpoint, { ...said, ...review }, names), invocation)
      // Approving and rejecting have the same output.
      const answer = readAnswer(executionApprove.output, body, endpoint.name)
      results.push(...answer.results.map(documentOf))
      invocation.emit(shownBody(body, (page) => resultsText(done, answer.results, page)))
      return exitOfResults(answer)
    },
  })
  const isWhole = invocation.page.format === "json"
  return { exit, shown: isWhole ? { document: { results }, text: () => "" } : null }
}
