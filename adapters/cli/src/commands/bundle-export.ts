// `bundle export`: writes one file that an auditor can verify and replay offline.
// Owns: where the file is written. Does not own: its contents (replay).

import { evidenceExport, documentOf } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { checked } from "../derive/net-command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { fieldsOfFlags, flagsOfSchema } from "../derive/schema-flags.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId } from "../net/resolve-id.ts"
import { writeNewFile } from "../offline/file-exists.ts"

const endpoint = endpointOf(evidenceExport)

/** The command. The file is named after the execution unless `--out` is given; only its owner can read it, and it never replaces another file. */
export const bundleExport: Command = {
  examples: ["bundle export exe_4k9d", "bundle export exe_4k9d --payloads none --out proof.bundle"],
  arguments: [{ name: "execution", help: "its id, or a unique prefix such as exe_4k9d" }],
  flags: [
    ...flagsOfSchema(endpoint.inputSchema, ["executionId"], {}),
    { long: "out", short: "o", value: "FILE", help: "where to write it" },
  ],
  exits: [0, 1, 2, 3, 4, 6],
  run: async ({ args, flags, io, client }) => {
    const executionId = await resolveId("id", args[0] ?? "", client)
    const fields = fieldsOfFlags(endpoint.inputSchema, ["executionId"], {}, flags, {
      now: io.now(),
      read: (path) => io.read(path),
    })
    const { body } = await client().call(
      endpoint,
      checked(endpoint, { ...fields, executionId }, { positional: [], fields: {} }),
    )
    const { bundle, ...about } = readAnswer(evidenceExport.output, body, endpoint.name)
    const file = flags.text("out") ?? `${executionId}.bundle`
    writeNewFile(file, bundle, 0o600, "bundle export")
    const document = documentOf({ ...about, file })
    return {
      exit: 0,
      shown: {
        ...shownBody(
          document,
          () => `${file}  ${about.entryCount} entries, ${about.bytes} bytes, ${about.completeness}`,
        ),
      },
      hints: [`check it anywhere: counterfoil bundle verify ${file}`],
    }
  },
}
