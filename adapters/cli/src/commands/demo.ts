// `demo`: plays the whole story without a keyboard.
// Owns: its flags. Does not own: the story (demo/), which is loaded only when the command runs.

import type { Command } from "../command.ts"

/** The command. */
export const demo: Command = {
  examples: ["demo", "demo --data ./demo --json"],
  arguments: [],
  exits: [0, 1],
  flags: [{ long: "data", value: "DIR", help: "where its database is; by default a temporary folder" }],
  run: async ({ flags }) => {
    const { demoCommand } = await import("../demo/demo.ts")
    const exit = await demoCommand({ data: flags.text("data") ?? null, json: flags.on("json") })
    return { exit: exit === 0 ? 0 : 1, shown: null }
  },
}
