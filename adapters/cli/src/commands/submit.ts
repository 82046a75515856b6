// `submit`: submits an intent, prints its key before sending, and can wait for the end.
// Owns: how an input file becomes an intent, and the answer when the wait ends first. Does not own: the gate.

import { intentSubmit, type JsonObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { durationMsOf } from "../duration.ts"
import { callKeyed, checked, withIds } from "../derive/net-command.ts"
import { fieldsOfFlags, flagsOfSchema, type Sugars } from "../derive/schema-flags.ts"
import { endpointOf } from "../net/endpoint.ts"
import { SubmissionDocument, submissionEnding } from "../derive/submission.ts"
import { askArgument, askFlags, askOf } from "./ask.ts"

const endpoint = endpointOf(intentSubmit)
const elsewhere = ["key", "as", "wait", "start"]
const fields: Sugars = {
  onBehalfOf: { long: "for", help: "the person you act for" },
  expectPlanDigest: { long: "expect-plan", help: "act only on the plan with this digest" },
  labels: { long: "label" },
  callbackId: { long: "callback", help: "the registered callback to notify at the end" },
}

/** The command. */
export const submit: Command = {
  examples: [
    "submit git.release.cut@1 -f release.json --key release-1.4.0",
    'submit git.release.cut@1 --input \'{"repository":"demo","version":"1.4.0"}\' --wait 10m',
    "submit --draft plan.json --manual",
  ],
  arguments: [askArgument],
  flags: [
    ...askFlags,
    { long: "key", value: "KEY", help: "idempotency key: the same key never acts twice" },
    { long: "wait", value: "DURATION", help: "wait for the end this long" },
    { long: "manual", help: "plan it, and start it later with exec start" },
    ...flagsOfSchema(endpoint.inputSchema, elsewhere, fields),
  ],
  exits: [0, 1, 2, 3, 4, 5, 6, 7, 130],
  document: SubmissionDocument,
  run: async (invocation) => {
    const { flags, io } = invocation
    const waitMs = waitOf(flags.text("wait"))
    const typed = fieldsOfFlags(endpoint.inputSchema, elsewhere, fields, flags, {
      now: io.now(),
      read: (path) => io.read(path),
    })
    const input: JsonObject = {
      ...(await withIds(endpoint, typed, invocation.client)),
      as: askOf(invocation),
      ...(flags.on("manual") ? { start: "manual" } : {}),
    }
    const body = await callKeyed(endpoint, checked(endpoint, input, { positional: [], fields }), invocation)
    return await submissionEnding(invocation, body, endpoint.name, waitMs)
  },
}

function waitOf(typed: string | undefined): number {
  if (typed === undefined) return 0
  const ms = durationMsOf(typed)
  if (ms === null)
    throw new CliError("--wait takes a duration such as 10m.", { fix: "counterfoil submit --help" })
  return ms
}
