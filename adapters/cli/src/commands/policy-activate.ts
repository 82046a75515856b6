// `policy activate`: replaces the texts of one layer, or some of its files. It runs through the gate, with a review by a second person.
// Owns: how files become texts, and printing the differences before sending. Does not own: linting and validating,
// which the server does before it asks for a review.

import { basename } from "node:path"
import {
  escapeLine,
  PolicyLayer,
  Submitted,
  policyActivate,
  type JsonObject,
  documentOf,
} from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readPolicy } from "../net/policy-difference.ts"
import { submittedText } from "../print/executions.ts"
import { differenceText, type ReadPolicy } from "../print/policy.ts"
import { resumeFrozen } from "./exec-resume-all.ts"

/** The command. Without a file the layer becomes empty; if that lifts a freeze, the paused executions can be resumed next. */
const activation = netCommand({
  endpoint: endpointOf(policyActivate),
  output: Submitted,
  text: submittedText,
  fills: ["policyTexts", "basedOn"],
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [
    { name: "file", field: "policyTexts", optional: true, many: true, help: "Cedar files of the layer" },
  ],
  fields: {
    layer: { help: "the layer that they replace (required)" },
    modeMap: { help: "the mode of each tier" },
    reason: { short: "m", help: "why, for the trace (required)" },
  },
  flags: [{ long: "keep-others", help: "replace or add these files; the layer's other files stay" }],
  examples: [
    'policy activate policies/refund.cedar --layer tenant --keep-others -m "refunds above 1000 need two of finance"',
    'policy activate --layer freeze -m "the freeze is over"',
  ],
  complete: async (input, invocation) => {
    const { args, flags, io } = invocation
    const layer = PolicyLayer.safeParse(input["layer"])
    // The schema refuses a wrong layer before any file is read.
    if (!layer.success || typeof input["reason"] !== "string") return { ...input, policyTexts: [] }
    const given = args.map((file) => ({
      layer: layer.data,
      name: basename(file),
      text: new TextDecoder().decode(io.read(file)),
    }))
    const live = await liveOf(invocation, {})
    const names = new Set(given.map(({ name }) => name))
    if (flags.on("keep-others") && live === null)
      throw new CliError("--keep-others needs to read the policy in force, which you may not.", {
        ends: "notPermitted",
        code: "GRANT_MISSING",
        fix: "counterfoil whoami",
      })
    const kept = flags.on("keep-others")
      ? (live?.texts.filter((text) => text.layer === layer.data && !names.has(text.name)) ?? [])
      : []
    const change = {
      layer: layer.data,
      policyTexts: [...kept, ...given].map(documentOf),
      ...(input["modeMap"] === undefined ? {} : { modeMap: input["modeMap"] }),
    }
    await sayDifference(
      invocation,
      live,
      change,
      [...kept, ...given].map(({ name }) => name),
    )
    // A freeze and its end must not wait for another change of rules.
    const based = live === null || layer.data === "freeze" ? {} : { basedOn: live.policySetDigest }
    return { ...input, ...change, ...based }
  },
})

/** `policy activate`. */
export const policyActivation: Command = {
  ...activation,
  run: async (invocation) => {
    const ending = await activation.run(invocation)
    const lifts =
      invocation.flags.text("layer") === "freeze" &&
      invocation.args.length === 0 &&
      !invocation.flags.on("keep-others")
    if (!lifts || ending.exit !== 0) return ending
    const offer = `To resume what the freeze paused: ${resumeFrozen}`
    return { ...ending, hints: [...(ending.hints ?? []), offer] }
  },
}

/** The policy in force; null for a caller who may not read it: the activation is then sent without a comparison. */
async function liveOf({ client }: Invocation, input: JsonObject): Promise<ReadPolicy | null> {
  try {
    return await readPolicy(client(), input)
  } catch (cause) {
    if (cause instanceof AnsweredProblem && notReadable.has(cause.problem.code)) return null
    throw cause
  }
}

const notReadable: ReadonlySet<string> = new Set(["GRANT_MISSING", "POLICY_DENIED", "ROUTE_NOT_FOUND"])

/** Prints what would be decided differently, and refuses a policy that cannot be activated. */
async function sayDifference(
  invocation: Invocation,
  live: ReadPolicy | null,
  change: JsonObject,
  names: readonly string[],
): Promise<void> {
  const read = live === null ? null : await liveOf(invocation, { change })
  if (read === null) {
    invocation.io.say("not compared with the policy in force, which you may not read")
    return
  }
  const issues = read.proposed?.issues ?? []
  if (issues.length > 0)
    throw new CliError("This policy cannot be activated, so nothing was sent.", {
      ends: "no",
      code: "POLICY_INVALID",
      lines: [...issues],
      fix: "counterfoil policy lint policies",
    })
  const gone = live?.texts.filter(({ layer, name }) => layer === change["layer"] && !names.includes(name))
  for (const { layer, name } of gone ?? [])
    invocation.io.say(`removes ${layer}/${escapeLine(name)}; --keep-others would keep it`)
  for (const line of differenceText(read)) invocation.io.say(line)
}
