// `nats prepare`: make the streams and the consumer that are missing, as the migration user of NATS_URL.
// Owns: its words. Does not own: what they look like (bus/nats-streams.ts).

import { natsAddress } from "../../nats/nats-address.ts"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"

/** The command. */
export const natsPrepare: Command = {
  examples: ["nats prepare"],
  arguments: [],
  flags: [],
  exits: [0, 1, 2],
  run: async () => {
    const address = natsAddress(process.env["NATS_URL"] ?? "")
    if (!address.ok)
      throw new CliError(`NATS_URL: ${address.error}`, {
        fix: "NATS_URL=nats://migration:…@host:4222 counterfoil nats prepare",
        see: "docs/NATS.md",
      })
    const { prepareStreams } = await import("../../nats/prepare-streams.ts")
    const streams = await prepareStreams(address.value).catch((cause: unknown) => {
      throw new CliError(`The streams cannot be made: ${cause instanceof Error ? cause.name : "unknown"}.`, {
        ends: "failed",
        fix: "check that the server runs with JetStream, and that the address is that of the user migration",
        see: "docs/NATS.md",
      })
    })
    return {
      exit: 0,
      shown: {
        document: { streams: [...streams] },
        text: () => streams.map((name) => `${name} is there`).join("\n"),
      },
    }
  },
}
