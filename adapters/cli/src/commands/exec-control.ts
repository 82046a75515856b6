// `exec start|cancel|pause|resume`: act on one execution as a whole.
// Owns: their flags. Does not own: their effect on a trace (executor).

import {
  executionCancel,
  executionGet,
  executionPause,
  executionResume,
  executionStart,
  ExecutionView,
  PauseCause,
  type Callable,
  type Json,
} from "@counterfoil/contracts"
import type { z } from "zod"
import type { Command } from "../command.ts"
import { netCommand, type NetSugar } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { statusWord } from "../print/colour.ts"
import type { Page } from "../print/page.ts"
import { shortId } from "../print/words.ts"
import { executionArgument } from "./arguments.ts"
import { resumeAll, resumedMax } from "./exec-resume-all.ts"

type Moved = { readonly executionId: string; readonly status: string; readonly inFlight?: readonly Json[] }

const reason = { reason: { short: "m", help: "why, for the trace (3 to 500 characters)" } }

/** `exec start`: binds to the given plan digest, or to the current plan. */
export const execStart = control(executionStart, {
  examples: ["exec start exe_4k9d", "exec start exe_4k9d --plan-digest sha256:…"],
  defaults: ["planDigest"],
  complete: async (input, { client }) => {
    if (input["planDigest"] !== undefined) return input
    const { body } = await client().call(endpointOf(executionGet), {
      executionId: input["executionId"] ?? "",
    })
    const { planDigest } = readAnswer(ExecutionView, body, executionGet.ref)
    return planDigest === undefined ? input : { ...input, planDigest }
  },
})
/** `exec cancel`. */
export const execCancel = control(executionCancel, {
  fields: reason,
  examples: [
    'exec cancel exe_4k9d -m "wrong version number"',
    'exec cancel exe_4k9d -m "wrong version number" --undo completed',
  ],
})
/** `exec pause`. */
export const execPause = control(executionPause, {
  fields: reason,
  examples: ['exec pause exe_4k9d -m "incident 42"', 'exec pause exe_4k9d -m "incident 42" --until 2h'],
})
/** `exec resume`. */
export const execResume = control(executionResume, {
  fields: reason,
  arguments: [{ ...executionArgument, optional: true }],
  flags: [
    {
      long: "all",
      help: `every execution that was paused for the cause of --because, at most ${resumedMax}`,
    },
    {
      long: "because",
      value: "CAUSE",
      choices: PauseCause.options,
      help: "the cause of the pause; killSwitch is a freeze",
    },
  ],
  instead: resumeAll,
  examples: ["exec resume exe_4k9d", 'exec resume --all --because killSwitch -m "the freeze is over"'],
})

function control<O extends Moved>(
  contract: Callable & { readonly output: z.ZodType<O> },
  sugar: Pick<
    NetSugar<z.ZodType>,
    "examples" | "fields" | "complete" | "defaults" | "arguments" | "flags" | "instead"
  >,
): Command {
  return netCommand({
    endpoint: endpointOf(contract),
    output: contract.output,
    arguments: [executionArgument],
    text: (moved, page) => movedText(moved as Moved, page),
    ...sugar,
  })
}

/** The status of an execution after the command. */
function movedText({ executionId, status, inFlight = [] }: Moved, page: Page): string {
  return `${shortId(page, executionId)}  ${statusWord(page, status)}${inFlight.length === 0 ? "" : `, ${inFlight.length} in flight still finish`}`
}
