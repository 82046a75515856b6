// What a model is told of an answer: one fixed template for each kind, written so that it neither repeats nor works around.
// Owns: the sentences. Does not own: the answers, nor how a framework shows them. Golden: tool-text.golden.txt.
// Text of people and providers is *untrusted*: it is quoted, on one line, with every invisible character escaped, and bounded.

import {
  escapeJson,
  escapeLine,
  type Answer,
  type Happened,
  type HeldStep,
  type Json,
} from "@counterfoil/contracts"

/** Characters of an output that the text repeats. */
const outputShown = 4_000

/** The text for an answer to a call of `tool`. */
export function toolText(answer: Answer, tool: string): string {
  switch (answer.kind) {
    case "completed":
      return `Completed. ${happenedText(answer.happened)}\nOutput: ${shown(answer.output)}`
    case "held":
      return [
        `${answer.approvals.map(heldText).join(" ")} Nothing of what is held has happened yet. ${doNotRepeat(tool)}`,
        `${askAgain(answer)}, or tell the user who must decide: ${answer.url}.`,
      ].join("\n")
    case "working":
      return `At work; it is not done yet. ${doNotRepeat(tool)}\n${askAgain(answer)}.`
    case "inDoubt":
      return `In doubt: a step may or may not have happened, and a person looks. ${doNotRepeat(tool)}\n${askAgain(answer)}.`
    case "denied":
      return `Denied (${answer.code}): ${quoted(answer.reason)} ${happenedText(answer.happened)}\nTell the user. Ask for a grant, or for less; do not look for another way.`
    case "reviewRejected":
      return `A person said no: ${quoted(answer.reason)} ${happenedText(answer.happened)}\nTell the user. Do not rephrase it and try again.`
    case "expired":
      return `Nobody decided in time: ${quoted(answer.reason)} ${happenedText(answer.happened)}\nTell the user. It may be asked for again later.`
    case "failed":
      return `Failed (${answer.code}): ${quoted(answer.reason)} ${happenedText(answer.happened)}\nTell the user what happened before you do anything else.`
    case "cancelled":
      return `Cancelled: ${quoted(answer.reason)} ${happenedText(answer.happened)}\nTell the user.`
    case "planRejected":
      return [
        "Not accepted as a plan; nothing has happened. Correct this and call again:",
        ...answer.rejections.map(
          ({ code, at, message }) =>
            `- ${code} at ${at === "" ? "/" : escapeLine(at)}: ${escapeLine(message)}`,
        ),
      ].join("\n")
    case "refused": {
      const { code, detail, fix, issues, actor, traceId } = answer.problem
      return [
        `Not accepted (${code}): ${escapeLine(detail)} This call did nothing.`,
        ...issues.map(({ at, message }) => `- ${at === "" ? "/" : escapeLine(at)}: ${escapeLine(message)}`),
        actor === "caller" ? fix : `Tell the user: ${fix} (trace ${traceId})`,
      ].join("\n")
    }
  }
}

const doNotRepeat = (tool: string): string =>
  `Do not call ${tool} again for this and do not look for another way.`

const askAgain = ({ executionId, retryAfterMs }: { executionId: string; retryAfterMs: number }): string =>
  `Call get_intent with executionId ${executionId} after ${retryAfterMs / 1_000} seconds`

const heldText = ({ needed, answered }: HeldStep): string =>
  `Held for approval by ${needed.map(({ role, count }) => `${count} of ${role}`).join(" and ")}; ${answered} ${answered === 1 ? "has" : "have"} answered.`

const happenedText = (happened: readonly Happened[]): string =>
  happened.length === 0
    ? "Nothing has happened."
    : `What happened: ${happened.map(({ key, contract, role }) => `${role === "undo" ? "undo of " : ""}${key} (${contract})`).join(", ")}.`

const quoted = (text: string): string => escapeJson(JSON.stringify(text))

function shown(output: Json): string {
  const text = escapeJson(JSON.stringify(output))
  return text.length > outputShown ? `${text.slice(0, outputShown)}… (${text.length} characters)` : text
}
