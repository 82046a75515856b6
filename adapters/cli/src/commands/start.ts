// `start`: runs a control plane on this machine.
// Owns: its flags. Does not own: what runs (start/), which is loaded only when the command runs.

import type { Command } from "../command.ts"
import { operatorAnswer } from "./operator-answer.ts"

/** The command. */
export const start: Command = {
  examples: ["start", "start --data ./.counterfoil --port 7420", "start --demo"],
  arguments: [],
  exits: [0, 1, 2, 130],
  flags: [
    { long: "data", value: "DIR", help: "where its database is (./.counterfoil)" },
    { long: "port", value: "N", help: "the port to listen on (7420)" },
    { long: "metrics-port", value: "N", help: "the loopback port of metrics and health (the one after it)" },
    { long: "host", value: "H", help: "the address to listen on (127.0.0.1)" },
    { long: "demo", help: "with people, agents and work to look at" },
    {
      long: "remove-contracts",
      help: "start although open work needs contracts that this process does not have",
    },
  ],
  run: async ({ flags }) => {
    const { hostDefault, startCommand } = await import("../start/start-command.ts")
    const host = flags.text("host") ?? null
    return await operatorAnswer(
      async () => {
        const exit = await startCommand({
          data: flags.text("data") ?? null,
          port: flags.text("port") ?? null,
          metricsPort: flags.text("metrics-port") ?? null,
          host,
          demo: flags.on("demo"),
          removeContracts: flags.on("remove-contracts"),
          noInput: flags.on("no-input"),
        })
        return { exit, shown: null }
      },
      { hosts: [host ?? hostDefault] },
    )
  },
}
