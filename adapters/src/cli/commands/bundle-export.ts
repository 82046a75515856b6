// `bundle export`: one file that an auditor verifies and replays offline.
// Owns: where it goes. Does not own: what is in it (replay).

import { writeFileSync } from "node:fs"
import { evidenceExport } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { CliError } from "../cli-error.ts"
import { checked } from "../derive/net-command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { fieldsOfFlags, flagsOfSchema } from "../derive/schema-flags.ts"
import { endpointOf } from "../net/endpoint.ts"
import { documentOf } from "../json-values.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId } from "../net/resolve-id.ts"

const endpoint = endpointOf(evidenceExport)

/** The command. The file is named after the execution, unless `--out` says otherwise; it is written for its owner alone, and never over another file. */
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
    writeNew(file, bundle)
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

/** A file that is there may be the only copy of another proof: it is left as it is. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" })
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause
    throw new CliError(`${file} is there already, and is left as it is.`, {
      code: "FILE_EXISTS",
      ends: "conflict",
      fix: "counterfoil bundle export --help",
    })
  }
}
