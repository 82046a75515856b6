// Makes a review from typed ids: reads each request, shows it, confirms that it is the intended one, signs, sends.
// Owns: the order of these steps, shared by `approve` and `reject`. Does not own: whether a review counts (policy).
// Keeps INV-06 in the client: a request is decided only if it was shown here, or the person names its digest.

import {
  type ApprovalItem,
  approvalList,
  escapeLine,
  executionGet,
  ExecutionView,
  HumanId,
  type JsonObject,
  ReasonCode,
  Time,
  documentOf,
} from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import { exitOfError, highest } from "../exit-code.ts"
import type { ExitCode } from "../exit-codes.ts"
import { errorText } from "../report-error.ts"
import { askFor } from "../ask-people.ts"
import { Self } from "../net/self.ts"
import type { Invocation } from "../command.ts"
import type { Client } from "../net/client.ts"
import { endpointOf } from "../net/endpoint.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { differenceOf } from "../net/policy-difference.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId } from "../net/resolve-id.ts"
import { approvalText } from "../print/queue.ts"
import { digestHead, shortId } from "../print/words.ts"
import { enrolledKeys } from "./enrolled-keys.ts"
import { reviewKeyFor } from "./review-key.ts"
import { reviewPayload, signReview } from "./sign-review.ts"

/** The decision of a person about requests. */
export interface Wish {
  readonly verb: "approve" | "reject"
  readonly decision: "approve" | "reject" | "withdraw"
  /** The reason or note; null for none. */
  readonly text: string | null
  readonly reasonCode: unknown
}

/** The `items` of a review, and its signature where one is required. Errors: usage, stale digests, no key. */
export async function prepareReview(invocation: Invocation, wish: Wish): Promise<JsonObject> {
  const items = await requestsOf(invocation)
  const digests = invocation.flags.texts("digest")
  if (digests.length > 0) compareDigests(items, digests)
  else for (const item of items) await confirm(invocation, item, wish)
  return await reviewOf(invocation, items, wish)
}

/** True when a person is asked about several requests, one after the other. */
export const asksOneByOne = ({ args, flags }: Invocation): boolean =>
  args.length > 1 && flags.texts("digest").length === 0

/**
 * Asks about each request in turn, and sends each answer before the next question: when the person stops, by an interrupt or at the end of
 * the input, the earlier answers are already sent. A request that is not confirmed is skipped.
 */
export async function reviewOneByOne(
  invocation: Invocation,
  wish: Wish,
  { check, send }: OneByOne,
): Promise<ExitCode> {
  const { io, page } = invocation
  const codes: ExitCode[] = []
  const items = await requestsOf(invocation)
  check({ items: items.slice(0, 1).map(seen) })
  for (const item of items) {
    try {
      await confirm(invocation, item, wish)
      codes.push(await send(await reviewOf(invocation, [item], wish)))
    } catch (cause) {
      if (
        !(cause instanceof AnsweredProblem) &&
        !(cause instanceof CliError && cause.parts.code === "NOT_CONFIRMED")
      )
        throw cause
      io.say(errorText(page, cause).trimEnd())
      codes.push(exitOfError(cause))
    }
  }
  return highest(codes)
}

/** What is done with each review. `check` refuses, before the first question, what no answer could make valid. */
interface OneByOne {
  readonly check: (review: JsonObject) => void
  readonly send: (review: JsonObject) => Promise<ExitCode>
}

const requestsOf = (invocation: Invocation): Promise<readonly ApprovalItem[]> =>
  Promise.all(invocation.args.map((typed) => readRequest(invocation, typed)))

async function reviewOf(
  invocation: Invocation,
  items: readonly ApprovalItem[],
  wish: Wish,
): Promise<JsonObject> {
  return {
    items: items.map(seen),
    ...(items.some(needsKey) ? { signature: await signed(invocation, items, wish) } : {}),
  }
}

/** The digests and ids of a request that the person saw. */
const seen = ({ executionId, approvalId, stepId, approvalDigest, planDigest }: ApprovalItem): JsonObject => ({
  executionId,
  approvalId,
  stepId,
  approvalDigest,
  planDigest,
})

/** The current state of one request at the server. */
export async function readRequest(
  { client }: Pick<Invocation, "client">,
  typed: string,
): Promise<ApprovalItem> {
  const approvalId = await resolveId("id", typed, client)
  const { body } = await client().call(endpointOf(approvalList), { approvalId })
  const [item] = readAnswer(approvalList.output, body, approvalList.ref).items
  if (item === undefined)
    throw new CliError(`No request ${typed} that you may read.`, {
      code: "NOT_FOUND",
      ends: "failed",
      fix: "counterfoil queue list",
      see: "docs/errors/NOT_FOUND.md",
    })
  return item
}

/** Digests belong to requests in order; each may be shortened to the hex digits that people see. Errors: stale, or too few digests. */
export function compareDigests(
  items: readonly Pick<ApprovalItem, "approvalId" | "approvalDigest">[],
  digests: readonly string[],
): void {
  if (digests.length !== items.length)
    throw new CliError(`${items.length} requests need ${items.length} digests, in their order.`, {
      fix: "counterfoil queue list",
    })
  items.forEach(({ approvalId, approvalDigest }, at) => {
    const typed = (digests[at] ?? "").replace(/^sha256:/, "")
    if (typed.length < digestHead || !/^[0-9a-f]{1,64}$/.test(typed))
      throw new CliError(`--digest takes at least ${digestHead} hex digits of the digest that was shown.`, {
        fix: `counterfoil queue show ${approvalId}`,
      })
    if (!approvalDigest.startsWith(`sha256:${typed}`)) {
      throw new CliError(`Approval ${approvalId} is not the one with this digest.`, {
        code: "DIGEST_STALE",
        ends: "conflict",
        fix: `counterfoil queue show ${approvalId}`,
        see: "docs/errors/DIGEST_STALE.md",
      })
    }
  })
}

/** The word to type at tier high: the resource if the preview names one, else the contract. At lower tiers it is `yes`. */
function confirmationWord(item: ApprovalItem): string {
  if (item.tier !== "high") return "yes"
  return item.preview[0]?.value ?? item.contract.ref
}

async function confirm({ io, page, client }: Invocation, item: ApprovalItem, { verb }: Wish): Promise<void> {
  if (io.interactive) {
    io.say(approvalText(item, page))
    for (const line of await differenceOf(client(), item)) io.say(line)
  }
  const word = confirmationWord(item)
  const typed = await askFor(io, `${verb} this? type ${escapeLine(word)}: `, {
    name: "--digest",
    fix: `counterfoil queue show ${item.approvalId}`,
  })
  if (typed !== word)
    throw new CliError(`${shortId(page, item.approvalId)} was not changed.`, {
      code: "NOT_CONFIRMED",
      fix: `counterfoil queue show ${item.approvalId}`,
    })
}

const needsKey = ({ tier, obligations }: ApprovalItem): boolean =>
  tier === "high" || obligations.assurance === "key" || obligations.assurance === "stepUp"

async function signed(
  { client, settings, io }: Invocation,
  items: readonly ApprovalItem[],
  { decision, text, reasonCode }: Wish,
): Promise<JsonObject> {
  const { body } = await client().call(identityEndpoint("session.read"), {})
  const self = readAnswer(Self, body, "whoami")
  const key = await reviewKeyFor(settings, self.principal, () => enrolledKeys(client(), self.principal))
  if (key === null) {
    throw new CliError("This request needs a signed review, and there is no key for that on this machine.", {
      code: "ASSURANCE_TOO_LOW",
      ends: "notPermitted",
      fix: "counterfoil key enrol",
      see: "docs/errors/ASSURANCE_TOO_LOW.md",
    })
  }
  const human = HumanId.safeParse(self.principal)
  if (!human.success)
    throw new CliError("You cannot review this: agents and services never approve.", {
      code: "NOT_AN_APPROVER",
      ends: "notPermitted",
      fix: "counterfoil whoami",
      see: "docs/errors/NOT_AN_APPROVER.md",
    })
  const at = Time.parse(new Date(io.now()).toISOString())
  const envelope = signReview(
    reviewPayload({
      decision,
      human: human.data,
      origin: await originOf(client(), items, self.tenant),
      at,
      text,
      reasonCode: ReasonCode.safeParse(reasonCode).data,
      items,
    }),
    key,
  )
  return documentOf(envelope)
}

/** The installation of a signature, by environment and tenant: a server's address can change, and can have several names. */
async function originOf(client: Client, [first]: readonly ApprovalItem[], tenant: string): Promise<string> {
  const { body } = await client.call(endpointOf(executionGet), { executionId: first?.executionId ?? "" })
  return `counterfoil://${readAnswer(ExecutionView, body, executionGet.ref).environment}/${tenant}`
}
