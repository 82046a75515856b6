// `submit`: ask for work, say the key before anything is sent, and wait if asked to.
// Owns: how an input file becomes an intent, and what a wait that runs out says. Does not own: the gate.

import { Submitted, intentSubmit, isFinalAnswer, answerOf, type Json, type JsonObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import type { ExitCode } from "../exit-codes.ts"
import { durationMsOf } from "../duration.ts"
import { callKeyed, checked, exitOfRecord, shownBody } from "../derive/net-command.ts"
import { fieldsOfFlags, flagsOfSchema, type Sugars } from "../derive/schema-flags.ts"
import { endpointOf } from "../net/endpoint.ts"
import { followUntil } from "../net/follow.ts"
import { readAnswer } from "../net/read-answer.ts"
import { executionText, submittedText } from "../print/executions.ts"
import { shortId } from "../print/words.ts"
import { askArgument, askFlags, askOf } from "./ask.ts"

const endpoint = endpointOf(intentSubmit)
const elsewhere = ["key", "as", "wait", "start"]
const fields: Sugars = {
  onBehalfOf: { long: "for", help: "the person you act for" }, expectPlanDigest: { long: "expect-plan", help: "act only on the plan with this digest" },
  labels: { long: "label" },
}

/** The command. */
export const submit: Command = {
  examples: [
    "submit git.release.cut@1 -f release.json --key release-1.4.0", "submit git.release.cut@1 --input '{\"repository\":\"demo\",\"version\":\"1.4.0\"}' --wait 10m",
    "submit --draft plan.json --manual",
  ],
  arguments: [askArgument],
  flags: [
    ...askFlags, { long: "key", value: "KEY", help: "idempotency key: the same key never acts twice" },
    { long: "wait", value: "DURATION", help: "wait for the end this long" }, { long: "manual", help: "plan it, and start it later with exec start" },
    ...flagsOfSchema(endpoint.inputSchema, elsewhere, fields),
  ],
  exits: [0, 1, 2, 3, 4, 5, 6, 7, 130],
  run: async (invocation) => {
    const { flags, io } = invocation
    const waitMs = waitOf(flags.text("wait"))
    const input: JsonObject = {
      ...fieldsOfFlags(endpoint.inputSchema, elsewhere, fields, flags, { now: io.now(), read: (path) => io.read(path) }),
      as: askOf(invocation), ...(flags.on("manual") ? { start: "manual" } : {}),
    }
    const body = await callKeyed(endpoint, checked(endpoint, input, { positional: [], fields }), invocation)
    const submitted = readAnswer(Submitted, body, endpoint.name)
    if (waitMs === 0) return { exit: withoutWait(submitted), shown: shownBody(body, (page) => submittedText(submitted, page)), hints: hintsFor(submitted, invocation) }
    return await waited(invocation, submitted, body, waitMs)
  },
}

async function waited(invocation: Invocation, submitted: Submitted, body: Json, waitMs: number) {
  if (isFinalAnswer(answerOf(submitted)) && submitted.status !== "failed") {
    return { exit: exitOfRecord(submitted), shown: shownBody(body, (page) => submittedText(submitted, page)) }
  }
  const end = await followUntil(invocation, submitted.executionId, waitMs)
  return { exit: end.exit, shown: shownBody(end.body, (page) => executionText(end.view, page)), hints: end.hints }
}

/** Without a wait, "accepted" is done: what it will become is asked for later. A final no is said at once. */
function withoutWait(submitted: Submitted): ExitCode {
  const answer = answerOf(submitted)
  return answer === "working" ? 0 : exitOfRecord(submitted)
}

function hintsFor(submitted: Submitted, { page }: Invocation): readonly string[] {
  return isFinalAnswer(answerOf(submitted)) ? [] : [`follow it: counterfoil exec watch ${shortId(page, submitted.executionId)}`]
}

function waitOf(typed: string | undefined): number {
  if (typed === undefined) return 0
  const ms = durationMsOf(typed)
  if (ms === null) throw new CliError("--wait takes a duration such as 10m.", { fix: "counterfoil submit --help" })
  return ms
}
