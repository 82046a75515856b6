// `trace show`: prints every entry of an execution, in order.
// Owns: its flags and reading all pages. Does not own: the trace.

import { traceGet, type Immutable } from "@counterfoil/contracts"
import type { z } from "zod"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { columns } from "../print/columns.ts"
import { wordsOfEntry } from "../print/entry-words.ts"
import { isForPeople, type Page } from "../print/page.ts"
import { stepsOfRequests } from "../print/story.ts"
import { shortDigest, shortId } from "../print/words.ts"
import { executionArgument } from "./arguments.ts"

/** The command. A chain that does not verify is exit 3. */
export const traceShow = netCommand({
  endpoint: endpointOf(traceGet),
  output: traceGet.output,
  arguments: [executionArgument],
  exits: [0, 1, 2, 3, 4],
  examples: [
    "trace show exe_4k9d",
    "trace show exe_4k9d --include-payloads --json",
    "trace show exe_4k9d --from-seq 40 --limit 20",
  ],
  exit: ({ chainOk }) => (chainOk ? 0 : 3),
  // The payloads name the step of an entry. A program requests them itself.
  complete: (input, { page }) => (isForPeople(page) ? { ...input, includePayloads: true } : input),
  text: ({ entries, chainOk, nextSeq, head }, page) =>
    [
      columns(
        ["seq", "time", "kind", "step", "by", "hash", "what"],
        told(entries, page).map(({ entry, step, says }) => [
          String(entry.seq),
          entry.time,
          entry.kind.replace(/^controlPlane\./, ""),
          step,
          shortId(page, entry.head.principal.id),
          shortDigest(page, entry.hash),
          entry.payload === undefined ? entry.payloadState : says,
        ]),
      ),
      `chain ${chainOk ? "ok" : "does not verify"}, head ${head.seq} ${shortDigest(page, head.hash)}${nextSeq === undefined ? "" : `; more: --from-seq ${nextSeq}`}`,
    ].join("\n"),
})

type Entries = Immutable<z.output<typeof traceGet.output>>["entries"]

function told(entries: Entries, page: Page) {
  const stepOf = stepsOfRequests(entries)
  return entries.map((entry) => ({
    entry,
    ...wordsOfEntry({ kind: entry.kind, payload: entry.payload }, page, stepOf),
  }))
}
