// `serve`: runs one of several processes of an installation.
// Owns: its flags. Does not own: what runs (start/), which is loaded only when the command runs.

import type { Command } from "../command.ts"
import { operatorAnswer } from "./operator-answer.ts"

/** The command. */
export const serve: Command = {
  examples: ["serve --migrate", "serve --role api --host 0.0.0.0", "serve --role worker --metrics-port 7431"],
  arguments: [],
  exits: [0, 1, 2, 130],
  flags: [
    { long: "role", value: "R", help: "all, api, worker or relay (all)" },
    { long: "host", value: "H", help: "the address that takes calls (127.0.0.1)" },
    { long: "port", value: "N", help: "its port (7420)" },
    { long: "metrics-host", value: "H", help: "the address of metrics and health (127.0.0.1)" },
    { long: "metrics-port", value: "N", help: "their port (the one after --port)" },
    {
      long: "handlers",
      value: "FILE",
      help: "the configuration of the built-in handlers, the same in every process",
    },
    { long: "migrate", help: "migrate the database first" },
    {
      long: "remove-contracts",
      help: "start although open work needs contracts that this process does not have",
    },
  ],
  run: async ({ flags }) => {
    const { loopback, serveCommand } = await import("../start/serve-command.ts")
    const [host, metricsHost] = [flags.text("host") ?? null, flags.text("metrics-host") ?? null]
    const at = {
      hosts: [host ?? loopback, metricsHost ?? loopback],
      database: flags.on("migrate") ? "DATABASE_URL or DATABASE_OWNER_URL" : "DATABASE_URL",
    }
    return await operatorAnswer(async () => {
      await serveCommand({
        role: flags.text("role") ?? null,
        host,
        port: flags.text("port") ?? null,
        metricsHost,
        metricsPort: flags.text("metrics-port") ?? null,
        handlers: flags.text("handlers") ?? null,
        migrate: flags.on("migrate"),
        removeContracts: flags.on("remove-contracts"),
      })
      return { exit: 0, shown: null }
    }, at)
  },
}
