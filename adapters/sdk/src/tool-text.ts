// The text that a model gets for an answer: one fixed text for each kind and code, written so that the model neither repeats a
// call nor works around a refusal. Owns: the sentences of answers. Does not own: the advice for a code (refusal-advice.ts), the
// answers, nor how a framework shows them. Golden: tool-text.golden.txt. Keeps INV-12: no text mentions a key, because the model
// chooses none. Text of people and providers is *untrusted*: it is quoted, on one line, with every invisible character written
// out, and bounded.

import {
  escapeJson,
  escapeLine,
  type Answer,
  type ExecutionId,
  type Happened,
  type HeldStep,
  type Json,
  type PlanRejection,
  type RefusedAnswer,
} from "@counterfoil/contracts"
import { refusalAdvice, rejectionAdvice, type Advice, type RefusalAdvice } from "./refusal-advice.ts"

/** A text for a model, and the advice that it gives. */
export interface Told {
  readonly text: string
  readonly advice: Advice
}

/** The tool that shows a text. */
interface TextPlace {
  /** The name of the tool that was called. */
  readonly tool: string
  /** True for the tool that reads the state of an earlier call. */
  readonly reads: boolean
}

/** Characters of an output that the text repeats. */
const outputShown = 4_000
/** Pause before another read of a record that could not be read. */
const unreadPauseMs = 30_000

/** The text for an answer to a call. */
export function toldOf(answer: Answer, place: TextPlace): Told {
  switch (answer.kind) {
    case "completed":
      return goOn(`Completed. ${happenedText(answer.happened)}\nOutput: ${shown(answer.output)}`)
    case "held":
      return wait(
        `${answer.approvals.map(heldText).join(" ")} Nothing of what is held has happened yet. ${doNotRepeat(place)}`,
        `${askAgain(answer)}, or tell the user who must decide: ${answer.url}.`,
      )
    case "working":
      return wait(`At work; it is not done yet. ${doNotRepeat(place)}`, `${askAgain(answer)}.`)
    case "inDoubt":
      return wait(
        `In doubt: a step may or may not have happened, and a person looks. ${doNotRepeat(place)}`,
        `${askAgain(answer)}.`,
      )
    case "denied":
      return askPerson(
        `Denied (${answer.code}): ${quoted(answer.reason)} ${happenedText(answer.happened)}`,
        `Tell the user: only people can allow it. ${doNotRepeat(place)}`,
      )
    case "reviewRejected":
      return askPerson(
        `A person rejected it: ${quoted(answer.reason)} ${happenedText(answer.happened)}`,
        `Tell the user. Do not rephrase it and try again. ${doNotRepeat(place)}`,
      )
    case "expired":
      return askPerson(
        `No one decided in time: ${quoted(answer.reason)} ${happenedText(answer.happened)}`,
        `Tell the user: people say whether it is asked for again. ${doNotRepeat(place)}`,
      )
    case "failed":
      return askPerson(
        `Failed (${answer.code}): ${quoted(answer.reason)} ${happenedText(answer.happened)}`,
        `Tell the user what happened before you do anything else. ${doNotRepeat(place)}`,
      )
    case "cancelled":
      return askPerson(
        `Cancelled: ${quoted(answer.reason)} ${happenedText(answer.happened)}`,
        `Tell the user. ${doNotRepeat(place)}`,
      )
    case "planRejected":
      return rejectedText(answer.rejections, place)
    case "refused":
      return refusedText(answer, place)
  }
}

/** For a call without an answer: it may have been accepted. */
export const unansweredText = (place: TextPlace): Told =>
  askPerson(
    "No answer came. This may have been accepted, and may yet happen.",
    `Tell the user that it is not known. ${doNotRepeat(place)}`,
  )

/** For an earlier call that could not be read just now. */
export const unreadText = (executionId: ExecutionId): Told =>
  wait(
    "No answer came. Nothing has changed about the earlier call, and nothing is known of it now.",
    `${askAgain({ executionId, retryAfterMs: unreadPauseMs })}, or tell the user.`,
  )

/** For an input that a tool of this program cannot read. */
export const malformedText = (tool: string, takes: string): Told => ({
  text: `Not accepted: ${tool} takes ${takes}. This call did nothing.\n${correctAndCall({ tool })}`,
  advice: "correct",
})

/** For a call whose plan was rejected after every correction: it is not sent any more. */
export const uncorrectedText = (place: TextPlace, corrections: number): Told =>
  askPerson(
    `Not sent: this was corrected ${corrections} times and came to no plan. Nothing has happened.`,
    `Tell the user. ${doNotRepeat(place)}`,
  )

const goOn = (text: string): Told => ({ text, advice: "goOn" })
const wait = (...lines: readonly string[]): Told => ({ text: lines.join("\n"), advice: "wait" })
const askPerson = (...lines: readonly string[]): Told => ({ text: lines.join("\n"), advice: "askPerson" })

function rejectedText(rejections: readonly PlanRejection[], place: TextPlace): Told {
  const isInput = rejections.length > 0 && rejections.every(({ code }) => rejectionAdvice[code] === "correct")
  const again = place.reads ? "Correct the input of that call and make it again." : correctAndCall(place)
  const lines = rejections.map(
    ({ code, at, message }) => `- ${code} at ${placeOf(at, /^\/steps\/0\/input/)}: ${escapeLine(message)}`,
  )
  return isInput
    ? {
        text: ["Not accepted as a plan; nothing has happened.", ...lines, again].join("\n"),
        advice: "correct",
      }
    : askPerson(
        "Not accepted as a plan; nothing has happened.",
        ...lines,
        `Tell the user: your input cannot change that, a person has to. ${doNotRepeat(place)}`,
      )
}

function refusedText({ problem }: RefusedAnswer, place: TextPlace): Told {
  const { code, detail, issues, traceId } = problem
  const { tool, reads } = place
  const { advice, says, instead, mayHaveActed } = adviceOf(problem, reads)
  const did =
    mayHaveActed === true && !reads
      ? "It is not known whether this call did anything."
      : "This call did nothing."
  const lines = [
    `Not accepted (${code}): ${instead ?? escapeLine(detail)} ${did}`,
    ...issues.map(({ at, message }) => `- ${placeOf(at, /^\/as\/input/)}: ${escapeLine(message)}`),
  ]
  switch (advice) {
    case "correct":
      return { text: [...lines, `${says} ${correctAndCall(place)}`].join("\n"), advice }
    case "wait":
      return wait(
        ...lines,
        `${says} Wait ${secondsOf(problem)} seconds, then call ${tool} again with the same input.`,
      )
    case "askPerson":
      return askPerson(...lines, `Tell the user: ${says} (trace ${traceId}) ${doNotRepeat(place)}`)
  }
}

/** The advice for a refusal. For a body that does not fit, it depends on whether the wrong fields are the model's. */
function adviceOf({ code, issues, details }: RefusedAnswer["problem"], reads: boolean): RefusalAdvice {
  if (reads && code === "NOT_FOUND") return noSuchCall
  if (code === "JSON_FORBIDDEN")
    return String(details["at"]).startsWith("/as/input") ? refusalAdvice[code] : ofProgram
  if (code !== "INPUT_INVALID" || issues.every(({ at }) => at.startsWith("/as/input")))
    return refusalAdvice[code]
  return ofProgram
}

const noSuchCall: RefusalAdvice = {
  advice: "correct",
  says: "Take the executionId from the answer to an earlier call, character by character.",
}
const ofProgram: RefusalAdvice = {
  advice: "askPerson",
  says: "This program sent a request that does not fit, and your input did not cause that; the operator of the program has to look.",
}

/** How long to wait, where the code states it. */
function secondsOf({ details }: RefusedAnswer["problem"]): number {
  const seconds = details["seconds"]
  return typeof seconds === "number" ? Math.max(1, Math.ceil(seconds)) : unreadPauseMs / 1_000
}

/** A place in the request, as a place in the model's own input where it is in that. */
const placeOf = (at: string, input: RegExp): string => escapeLine(at.replace(input, "")) || "/"

const correctAndCall = ({ tool }: Pick<TextPlace, "tool">): string =>
  `Correct the input and call ${tool} again.`

/** For a call that is under way or over: the model must not request it again, with this tool or in another way. */
const doNotRepeat = ({ tool, reads }: TextPlace): string =>
  `${reads ? "Do not ask for it again" : `Do not call ${tool} again for this`} and do not look for another way.`

const askAgain = ({ executionId, retryAfterMs }: { executionId: string; retryAfterMs: number }): string =>
  `Call get_intent with executionId ${executionId} after ${retryAfterMs / 1_000} seconds`

const heldText = ({ role, key, needed, answered }: HeldStep): string =>
  `${role === "undo" ? `The undo of ${key} is held` : "Held"} for approval by ${needed.map(({ role, count }) => `${count} of ${role}`).join(" and ")}; ${answered} ${answered === 1 ? "has" : "have"} answered.`

const happenedText = (happened: readonly Happened[]): string =>
  happened.length === 0
    ? "Nothing has happened."
    : `What happened: ${happened.map(({ key, contract, role }) => `${role === "undo" ? "undo of " : ""}${key} (${contract})`).join(", ")}.`

const quoted = (text: string): string => escapeJson(JSON.stringify(text))

function shown(output: Json): string {
  const text = escapeJson(JSON.stringify(output))
  return text.length > outputShown ? `${text.slice(0, outputShown)}… (${text.length} characters)` : text
}
