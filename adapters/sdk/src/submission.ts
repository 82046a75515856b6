// Turns an agent's request into the input of `intent.submit`, and refuses misuse before it leaves the process.
// Owns: the options and their check. Does not own: how the gate uses them.
// Keeps INV-12: no option here can name a principal, tenant, tier or policy.

import { Key, Traceparent, type Json, type JsonObject } from "@counterfoil/contracts"

/** Options beside the input. Ids, times and digests in the forms of the contract `controlPlane.intent.submit@1`. */
export interface SubmitOptions {
  /** Names the wish, not the attempt: an order number, a message id. Submitting again under it never acts twice. */
  readonly key: string
  /** The human it is done for, where this principal may act for one. */
  readonly onBehalfOf?: string
  /** Act only on the plan that was seen. */
  readonly expectPlanDigest?: string
  /** Only stricter than policy. */
  readonly minimumMode?: "autonomous" | "assist"
  /** Plan and keep it; `execution.start` lets it go. */
  readonly start?: "auto" | "manual"
  /** After it no step starts. */
  readonly deadline?: string
  readonly labels?: readonly string[]
  /** Ask for what people rejected once more, and say why. */
  readonly resubmitOf?: { readonly executionId: string; readonly reason: string }
  /** The registered callback that is notified of the end. */
  readonly callbackId?: string
  /** How long the first answer may wait for the end: 0 to 25,000; 5,000 by default. */
  readonly waitMs?: number
  /** W3C trace context that the trace carries on. */
  readonly traceparent?: string
}

/** The request: a contract with its input, or steps of the agent's own. */
export type Source = { readonly contract: string; readonly input: Json } | { readonly draft: Json }

/** A submission that is ready to be sent. */
export interface Submission {
  readonly key: string
  readonly input: JsonObject
  readonly waitSeconds: number
  readonly traceparent: string | null
}

const waitMsDefault = 5_000
/** The longest that a server holds one answer (`Prefer: wait`, docs/HTTP.md). */
export const waitMsMax = 25_000

/** Whether options were given as an object: a program without types may leave them out, or give anything else. */
export const isGiven = (options: object | null | undefined): boolean =>
  typeof options === "object" && options !== null

/** The submission of a source. Throws `TypeError` for a missing or malformed key, wait or trace context. */
export function submissionOf(source: Source, options: SubmitOptions): Submission {
  if (!isGiven(options)) throw new TypeError("submit takes options with a key that names the wish")
  const { waitMs = waitMsDefault, traceparent, key, ...said } = options
  if (!Key.safeParse(key).success)
    throw new TypeError("key must be 1 to 255 visible ASCII characters that name the wish")
  if (!Number.isFinite(waitMs) || waitMs < 0 || waitMs > waitMsMax)
    throw new TypeError(`waitMs must be between 0 and ${waitMsMax}`)
  if (traceparent !== undefined && !Traceparent.safeParse(traceparent).success)
    throw new TypeError("traceparent must be a W3C trace context")
  const input = { key, as: source, ...said }
  return {
    key,
    input: plain(input),
    waitSeconds: Math.ceil(waitMs / 1_000),
    traceparent: traceparent ?? null,
  }
}

/** A value as the JSON that would be sent of it: fields that are undefined are left out. */
export function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}
