// The contracts as NATS subjects (docs/design/nats-subjects.md), and the two streams that keep submissions and events.
// Owns: building and parsing every subject, stream and header name. Does not own: connections (adapters/nats).
// Keeps INV-10: a tenant is one token of a subject; a subject that does not parse belongs to no tenant.

import { DefinitionError } from "./define/define.ts"
import type { Registry } from "./define/registry.ts"
import { servedCalls, type ServedCall } from "./control-plane/served-calls.ts"
import { ExecutionId, TenantId, type ContractRef } from "./primitives.ts"

/** The prefix of every subject; `v1` is the version of their layout, not of a contract. */
export const natsPrefix = "controlPlane.v1"

/** In the place of a tenant, an execution or a kind: any one, or any number of tokens. Only the control plane subscribes so. */
export const anyToken = "*"
export const anyTokens = ">"

/** The doorbell: its message is an execution's id and only a hint. It belongs to no tenant, and no agent reaches it. */
export const doorbellSubject = "counterfoil.doorbell"

/** The prefix of the inbox of a user, or of a user without a name: a user may subscribe only below its own. */
export const inboxPrefixOf = (user: string | null): string => (user === null ? "_INBOX" : `_INBOX.${user}`)

/**
 * True for a reply subject that is answered: an inbox, or the subject beginning with `_R_` that the server
 * writes for an inbox of another account. A reply elsewhere could land among events.
 */
export const isInbox = (reply: string | undefined): reply is string =>
  reply !== undefined && reply.length <= subjectLengthMax && /^(_INBOX|_R_)(\.[A-Za-z0-9_$-]+)+$/.test(reply)

/** A name as subjects spell it: without `controlPlane.`, dots kept. */
const nameIn = (name: string): string => name.replace(/^controlPlane\./, "")

/** `controlPlane.intent.submit@1` as the end of its subject: `intent.submit.v1`. */
export const callName = (ref: ContractRef): string => nameIn(ref).replace("@", ".v")

/** The subject of a call: `controlPlane.v1.acme.call.intent.submit.v1`. */
export const callSubject = (tenant: TenantId | typeof anyToken, ref: ContractRef): string =>
  `${natsPrefix}.${tenant}.call.${callName(ref)}`

/** All calls of a tenant, or of any. */
export const callSubjects = (tenant: TenantId | typeof anyToken): string =>
  `${natsPrefix}.${tenant}.call.${anyTokens}`

/** The subject of durable submission. A subject of its own: where a stream keeps a request, stream and service would both answer. */
export const submitSubject = (tenant: TenantId | typeof anyToken): string => `${natsPrefix}.${tenant}.submit`

/** The end of an event's subject: its kind without the major version. */
export const eventName = (kind: string): string => nameIn(kind).split("@", 1)[0] ?? kind

/** The subject of an event; its kind without the major version, since all majors of a kind are one vocabulary. */
export const eventSubject = (tenant: TenantId, executionId: ExecutionId, kind: string): string =>
  `${natsPrefix}.${tenant}.event.${executionId}.${eventName(kind)}`

/** All events: of any tenant, of one tenant, or of one execution. */
export const eventSubjects = (tenant: TenantId | typeof anyToken, executionId?: ExecutionId): string =>
  `${natsPrefix}.${tenant}.event.${executionId === undefined ? anyTokens : `${executionId}.${anyTokens}`}`

/** The streams. Days of an event stream bound the disk, not the truth: that is PostgreSQL's. */
export const natsStreams = {
  submit: { name: "COUNTERFOIL_SUBMIT", subjects: [submitSubject(anyToken)], retention: "workqueue" },
  events: { name: "COUNTERFOIL_EVENTS", subjects: [eventSubjects(anyToken)], retention: "limits", days: 7 },
} as const

/** The durable consumer by which every control plane takes from the submit stream. */
export const submitConsumer = "counterfoil-submit"

/** Header names, as they are written; NATS compares them with their case. */
export const natsHeaders = {
  authorization: "Authorization",
  idempotencyKey: "Idempotency-Key",
  prefer: "Prefer",
  preferenceApplied: "Preference-Applied",
  retryAfter: "Retry-After",
  traceparent: "traceparent",
  tracestate: "tracestate",
  messageId: "Nats-Msg-Id",
  /** Of a submission that was stored again: the message id that its sender had chosen. */
  senderId: "Counterfoil-Message-Id",
  /** Of an event: the place of its entry in the log of the whole store. */
  position: "Counterfoil-Position",
  contentType: "Content-Type",
  errorCode: "Nats-Service-Error-Code",
  error: "Nats-Service-Error",
} as const

/** A callable in NATS. */
export interface NatsCall extends ServedCall {
  /** The end of its subject, such as `intent.submit.v1`. */
  readonly name: string
}

/** Every callable that is served, with its name in a subject. Throws `DefinitionError` when two share one. */
export function natsCalls(registry: Registry): readonly NatsCall[] {
  const calls = servedCalls(registry).map((served) => ({ ...served, name: callName(served.contract.ref) }))
  const names = calls.map(({ name }) => name)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  if (twice.length > 0)
    throw new DefinitionError(
      "the NATS interface",
      twice.map((name) => `${name} belongs to two contracts`),
    )
  return calls
}

/** What a subject says, *untrusted*: its publisher chose it. */
type NatsSubject =
  | { readonly kind: "call"; readonly tenant: TenantId; readonly name: string }
  | { readonly kind: "submit"; readonly tenant: TenantId }
  | {
      readonly kind: "event"
      readonly tenant: TenantId
      readonly executionId: ExecutionId
      readonly name: string
    }

/** Reads a subject; null for every other text. A call's `name` need not be that of a contract. */
export function parseSubject(subject: string): NatsSubject | null {
  if (subject.length > subjectLengthMax || !subject.startsWith(`${natsPrefix}.`)) return null
  const [tenantText, kind, ...rest] = subject.slice(natsPrefix.length + 1).split(".")
  const tenant = TenantId.safeParse(tenantText)
  if (!tenant.success || !rest.every((token) => /^[A-Za-z0-9_-]+$/.test(token))) return null
  if (kind === "submit") return rest.length === 0 ? { kind, tenant: tenant.data } : null
  if (kind === "call") return rest.length === 0 ? null : { kind, tenant: tenant.data, name: rest.join(".") }
  if (kind !== "event") return null
  const [executionText, ...name] = rest
  const executionId = ExecutionId.safeParse(executionText)
  if (!executionId.success || name.length === 0) return null
  return { kind, tenant: tenant.data, executionId: executionId.data, name: name.join(".") }
}

// The longest contract reference is 128 characters; the rest of a subject is shorter than that again.
const subjectLengthMax = 256
