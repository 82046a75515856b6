// The contracts of the process handlers: to read what a listed program acts on, and to run it once.
// Owns: these contracts. Does not own: the list of programs, nor the form of their arguments (configuration).

import { Digest, Duration, defineCommand, defineQuery, mark, text } from "@counterfoil/contracts"
import { z } from "zod"
import { processRun } from "../capabilities.ts"
import { configuredName } from "../fields.ts"

/** Longest value of one argument. */
const argumentCharsMax = 1000
/** Most bytes of a program's output that are kept, of each stream. */
export const streamBytesMax = 32 * 1024

const stream = z.string().max(streamBytesMax)

/** Most files and folders that a run is bound to one by one; a folder counts once, with all of its contents. */
export const stateFilesMax = 200

const argumentValues = z.record(
  z
    .string()
    .max(64)
    .regex(/^[a-z][A-Za-z0-9]*$/),
  text(argumentCharsMax),
)

/** The files that a program acts on: a run with this state runs on exactly these. */
export const commandState = z.strictObject({
  setup: Digest.describe(
    "Digest of the program's path, its arguments with their values, and its working folder.",
  ),
  files: z
    .array(
      z.strictObject({
        file: text(400).describe("Below the working folder, or a name alone."),
        kind: z.enum(["program", "argument", "reads"]),
        digest: Digest.nullable().describe("Null where nothing exists."),
        files: z.int().min(0),
        bytes: z.int().min(0),
      }),
    )
    .min(1)
    .max(stateFilesMax),
})

const buildState = {
  setup: "sha256:5f1d3c2b4a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff001",
  files: [
    {
      file: "make",
      kind: "program",
      digest: "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f9000102030405060708090a0b0c0d0e0f",
      files: 1,
      bytes: 245_760,
    },
    {
      file: "site",
      kind: "reads",
      digest: "sha256:f0e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff",
      files: 214,
      bytes: 1_048_576,
    },
  ],
}

export const processCommandRead = defineQuery({
  name: "process.command.read",
  version: "1.0.0",
  meta: {
    title: "Read what a program acts on",
    goal: "The digests of a configured program, of the files that its arguments name, and of the files that it is configured to read.",
    context:
      "Before a run: the approval is bound to this answer. The planner adds this step. Returns names, sizes and digests.",
    owners: ["ai-runtime"],
    tags: ["process"],
    stability: "beta",
  },
  input: z.strictObject({ command: mark(configuredName, ["policy"]), arguments: argumentValues }),
  output: commandState,
  capability: processRun.name,
  limits: { deadline: Duration.parse("PT1M"), inFlight: 4 },
  resource: { kind: "program", at: "/command" },
  examples: [
    {
      title: "a build",
      input: { command: "build-site", arguments: { target: "production" } },
      output: buildState,
    },
    { title: "a shell line", input: { command: "rm -rf /", arguments: {} }, fails: "/command" },
  ],
})

export const processCommandRun = defineCommand({
  name: "process.command.run",
  version: "1.1.0",
  meta: {
    title: "Run a program",
    goal: "One run of a configured program with these arguments, to its end, and what it printed.",
    context:
      "For tools without a contract of their own. No shell, no environment. Refused when a file that it acts on changed since it was read; then submit again. A run that fails or is cut off is in doubt: a person settles it.",
    owners: ["ai-runtime"],
    tags: ["process"],
    stability: "beta",
  },
  input: z.strictObject({
    command: mark(configuredName, ["policy", "target"]),
    // Not for policy, which sees closed records only: rules look at the command, its configuration bounds the arguments.
    arguments: mark(argumentValues, ["target"]),
    state: commandState
      .optional()
      .describe(
        "What the program acts on. Read by a step before this one where it is left out; a run without it is refused.",
      ),
  }),
  output: z.strictObject({ exitCode: z.literal(0), stdout: stream, stderr: stream, cut: z.boolean() }),
  capability: processRun.name,
  effect: "unsafe",
  irreversible: true,
  limits: { deadline: Duration.parse("PT5M"), inFlight: 4 },
  observes: {
    contract: processCommandRead.ref,
    input: {
      command: { $from: "input", at: "/command" },
      arguments: { $from: "input", at: "/arguments" },
    },
    at: "/state",
  },
  resource: { kind: "program", at: "/command" },
  preview: [
    { label: "Program", at: "/command" },
    { label: "Arguments", at: "/arguments" },
    { label: "Setup", at: "/state/setup" },
    { label: "Acts on", at: "/state/files" },
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
