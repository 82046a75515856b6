// `exec resume --all --because CAUSE`: resumes every execution that was paused for one cause, one after another.
// Owns: which executions match, the limit, the progress, and the result of each. Does not own: resuming one (the server, where policy
// decides each). It is idempotent: executions that run again are left alone, and the next call finds those that were not reached. An
// execution that was paused again for another cause meanwhile has another version, and stays paused.

import {
  escapeLine,
  executionGet,
  executionList,
  executionResume,
  ExecutionView,
  PauseCause,
  type Immutable,
  type Json,
  type JsonObject,
} from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import type { Ending, Invocation } from "../command.ts"
import { freshKey } from "../derive/fresh-key.ts"
import { exitCodeOf, highest } from "../exit-code.ts"
import type { Client } from "../net/client.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import type { Page } from "../print/page.ts"
import { statusWord } from "../print/colour.ts"
import { shortId } from "../print/words.ts"

/** The most executions that one call resumes: a few minutes of work, and a list that a person can still read. */
export const resumedMax = 1_000

/** The command that resumes executions after a freeze has ended. */
export const resumeFrozen = "counterfoil exec resume --all --because killSwitch"

/** The number of executions between two lines of progress. */
const progressEvery = 20

/** The result for one execution: resumed, or why not. */
type Outcome =
  | { readonly executionId: string; readonly resumed: true; readonly status: string }
  | { readonly executionId: string; readonly resumed: false; readonly code: string; readonly why: string }

/** Resumes them all with `--all`; null without it, for one named execution. */
export function resumeAll(input: JsonObject, invocation: Invocation): Promise<Ending> | null {
  const { flags, args } = invocation
  const because = flags.text("because")
  if (!flags.on("all")) {
    if (because === undefined) return null
    throw usage("--because needs --all: a single execution is resumed for any cause.")
  }
  if (args.length > 0)
    throw usage("--all resumes every matching execution: do not name one, or leave out --all.")
  const cause = PauseCause.safeParse(because)
  if (!cause.success) throw usage(`--all needs --because: ${PauseCause.options.join(", ")}.`)
  return resumed(cause.data, input, invocation)
}

const usage = (says: string): CliError =>
  new CliError(says, { code: "INPUT_INVALID", fix: resumeFrozen, see: "docs/errors/INPUT_INVALID.md" })

async function resumed(cause: PauseCause, input: JsonObject, invocation: Invocation): Promise<Ending> {
  const { client, io, flags } = invocation
  const given = flags.text("key")
  const key = given ?? freshKey()
  if (given === undefined && !flags.on("quiet")) io.say(`key ${key}`)
  const { ids, more } = await pausedIds(client())
  const outcomes: Outcome[] = []
  for (const [at, executionId] of ids.entries()) {
    const outcome = await resumeOne(client(), executionId, cause, { ...input, key: `${key}.${executionId}` })
    if (outcome !== null) outcomes.push(outcome)
    if ((at + 1) % progressEvery === 0 && !flags.on("quiet")) io.say(`${at + 1} of ${ids.length} looked at`)
  }
  const items = outcomes.map((one): Json => ({ ...one }))
  const counts = { resumed: outcomes.filter((one) => one.resumed).length, looked: ids.length }
  return {
    exit: highest(
      outcomes.flatMap((one) => (one.resumed ? [] : [exitCodeOf({ kind: "here", name: "failed" })])),
    ),
    shown: {
      document: { items, ...counts, more },
      items,
      text: (page) => outcomesText(outcomes, cause, page),
    },
    hints: more ? [`More than ${resumedMax} executions are paused: run it again for the rest.`] : [],
  }
}

/** Paused executions, the oldest first. `more`: there are more than one call handles. */
async function pausedIds(
  client: Client,
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const { body } = await client.call(endpointOf(executionList), {
      // The status "in doubt" takes precedence over "paused".
      status: ["paused", "inDoubt"],
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    })
    const page = readAnswer(executionList.output, body, executionList.ref)
    ids.push(...page.items.map(({ executionId }) => executionId))
    cursor = page.nextCursor
  } while (cursor !== undefined && ids.length < resumedMax)
  return {
    ids: ids.slice(0, resumedMax).toReversed(),
    more: cursor !== undefined || ids.length > resumedMax,
  }
}

/** Resumes one that is still paused for this cause; null for any other. */
async function resumeOne(
  client: Client,
  executionId: string,
  cause: PauseCause,
  input: JsonObject,
): Promise<Outcome | null> {
  try {
    const { body } = await client.call(endpointOf(executionGet), { executionId })
    const { paused, version }: Immutable<ExecutionView> = readAnswer(ExecutionView, body, executionGet.ref)
    if (paused?.because !== cause) return null
    const said = await client.call(endpointOf(executionResume), {
      ...input,
      executionId,
      expectedVersion: version,
    })
    const { status } = readAnswer(executionResume.output, said.body, executionResume.ref)
    return { executionId, resumed: true, status }
  } catch (error) {
    if (!(error instanceof AnsweredProblem)) throw error
    return { executionId, resumed: false, code: error.code, why: error.problem.detail }
  }
}

function outcomesText(outcomes: readonly Outcome[], cause: PauseCause, page: Page): string {
  if (outcomes.length === 0) return `Nothing is paused because of ${cause}.`
  const lines = outcomes.map((one) =>
    one.resumed
      ? `${shortId(page, one.executionId)}  ${statusWord(page, one.status)}`
      : `${shortId(page, one.executionId)}  ${statusWord(page, "paused")}, not resumed: ${one.code}  ${escapeLine(one.why)}`,
  )
  const resumedCount = outcomes.filter((one) => one.resumed).length
  return [...lines, `${resumedCount} of ${outcomes.length} resumed.`].join("\n")
}
