// The HTTP calls of the demo, as different people and agents, made exactly as any other client makes them.
// Owns: calls, refusals as values, signing a review. Does not own: the story (demo.ts).

import { createPublicKey, createHash, sign, type KeyObject } from "node:crypto"
import {
  canonicalBytes,
  parseWith,
  Problem,
  type ApprovalItem,
  type Json,
  type Time,
} from "@counterfoil/contracts"
import { pae } from "@counterfoil/gate"

/** A principal with a token, and with a key of their own if they sign reviews. */
export interface Someone {
  readonly name: string
  readonly token: string
  readonly key: KeyObject | null
}

/** An answer, or the problem that the server refused with. */
export type Said<T> =
  | { readonly kind: "answer"; readonly body: T }
  | { readonly kind: "problem"; readonly problem: Problem }

/** Calls one route as this principal. Throws only when there was no answer. */
export async function call<T>(
  url: string,
  who: Pick<Someone, "token">,
  method: "GET" | "POST",
  path: string,
  body?: Json,
): Promise<Said<T>> {
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${who.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answered: unknown = await response.json()
  if (response.ok) return { kind: "answer", body: answered as T }
  const problem = parseWith(Problem, answered)
  if (!problem.ok) throw new Error(`the server answered ${response.status} without a problem`)
  return { kind: "problem", problem: problem.value }
}

/** The answer; throws for a refusal, which would be a fault of the demo. */
export async function must<T>(said: Promise<Said<T>>): Promise<T> {
  const answer = await said
  if (answer.kind === "problem") throw new Error(`${answer.problem.code}: ${answer.problem.detail}`)
  return answer.body
}

/** Approves one request as this principal; at tier high with their own signature over exactly what was shown. */
export function approveAs(
  url: string,
  who: Someone,
  item: ApprovalItem,
  origin: string,
  human: string,
  now: Time,
): Promise<Said<Json>> {
  const { executionId, approvalId, stepId, approvalDigest, planDigest, previewDigest } = item
  const body = {
    key: `${who.name}-${approvalId}`,
    items: [{ executionId, approvalId, stepId, approvalDigest, planDigest }],
  }
  if (who.key === null || item.obligations.assurance !== "key")
    return call(url, who, "POST", "/approvals/approve", body)
  const payload = canonicalBytes({
    format: "counterfoil.review/1",
    decision: "approve",
    human,
    method: "ed25519",
    origin,
    at: now,
    reasonDigest: null,
    items: [{ approvalDigest, planDigest, previewDigest }],
  })
  const payloadType = "application/vnd.counterfoil.review+json"
  const sig = sign(null, pae(payloadType, payload), who.key).toString("base64")
  const signature = {
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: [{ keyid: keyIdOf(spkiOf(who.key)), sig }],
  }
  return call(url, who, "POST", "/approvals/approve", { ...body, signature })
}

/** The public half of a key, as the server enrols it. */
export const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ format: "der", type: "spki" })
const keyIdOf = (spki: Buffer): string => createHash("sha256").update(spki).digest("hex")
