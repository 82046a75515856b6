// What the process handler promises: one run of a program that the operator listed.
// Owns: this contract. Does not own: which programs there are, nor the form of their arguments (configuration).

import { Duration, defineCommand, mark, text } from "@counterfoil/contracts"
import { z } from "zod"
import { processRun } from "../capabilities.ts"
import { configuredName } from "../fields.ts"

/** Longest value of one argument. */
const argumentCharsMax = 1000
/** Most bytes of a program's output that are kept, of each stream. */
export const streamBytesMax = 32 * 1024

const stream = z.string().max(streamBytesMax)

export const processCommandRun = defineCommand({
  name: "process.command.run",
  version: "1.0.0",
  meta: {
    title: "Run a program",
    goal: "One run of a configured program with these arguments, to its end, and what it printed.",
    context:
      "For tools without a contract of their own. No shell, no environment. A run that fails or is cut off is in doubt: a person settles it.",
    owners: ["ai-runtime"],
    tags: ["process"],
    stability: "beta",
  },
  input: z.strictObject({
    command: mark(configuredName, ["policy", "target"]),
    arguments: mark(
      z.record(
        z
          .string()
          .max(64)
          .regex(/^[a-z][A-Za-z0-9]*$/),
        text(argumentCharsMax),
      ),
      // Not for policy, which sees closed records only: rules look at the command, its configuration bounds the arguments.
      ["target"],
    ),
  }),
  output: z.strictObject({ exitCode: z.literal(0), stdout: stream, stderr: stream, cut: z.boolean() }),
  capability: processRun.name,
  effect: "unsafe",
  irreversible: true,
  limits: { deadline: Duration.parse("PT5M"), inFlight: 4 },
  resource: { kind: "program", at: "/command" },
  preview: [
    { label: "Program", at: "/command" },
    { label: "Arguments", at: "/arguments" },
  ],
  examples: [
    {
      title: "a build",
      input: { command: "build-site", arguments: { target: "production" } },
      output: { exitCode: 0, stdout: "214 pages\n", stderr: "", cut: false },
    },
    { title: "a shell line", input: { command: "rm -rf /", arguments: {} }, fails: "/command" },
  ],
})
