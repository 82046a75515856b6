// `trace show`: every entry of an execution, in order.
// Owns: its sugar and following pages to the end. Does not own: the trace.

import { escapeJson, traceGet } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { columns } from "../print/columns.ts"
import { shortDigest } from "../print/words.ts"
import { executionArgument } from "./arguments.ts"

/** The command. A chain that does not hold is exit 3. */
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
  text: ({ entries, chainOk, nextSeq, head }, page) =>
    [
      columns(
        ["seq", "time", "kind", "by", "hash", "payload"],
        entries.map((entry) => [
          String(entry.seq),
          entry.time,
          entry.kind.replace(/^controlPlane\./, ""),
          entry.head.principal.id,
          shortDigest(page, entry.hash),
          entry.payload === undefined ? entry.payloadState : escapeJson(JSON.stringify(entry.payload)),
        ]),
      ),
      `chain ${chainOk ? "ok" : "does not verify"}, head ${head.seq} ${shortDigest(page, head.hash)}${nextSeq === undefined ? "" : `; more: --from-seq ${nextSeq}`}`,
    ].join("\n"),
})
