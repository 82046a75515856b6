// Describes the NATS interface as AsyncAPI 3.1: calls and their answers, submissions, events.
// Owns: the document. Does not own: the subjects, schemas and sentences in it; those come from the contracts.
// It is made from the same list that the server serves (contracts/nats), so the description matches what runs.

import {
  eventDataSchema,
  examplesOf,
  jsonSchemaOf,
  Problem,
  type Event,
  type Json,
  type JsonObject,
  type Registry,
} from "@counterfoil/contracts"
import {
  eventName,
  natsCalls,
  natsHeaders,
  natsPrefix,
  natsStreams,
  type NatsCall,
} from "@counterfoil/contracts/nats"
import { putSchema } from "../http/put-schema.ts"
import { eventTypeOf } from "../outbound/cloud-event.ts"
import { queueGroup } from "./discovery.ts"

const ref = (to: string): JsonObject => ({ $ref: `#/${to}` })
const tenant = { tenant: ref("components/parameters/tenant") }
const header = (description: string): JsonObject => ({ type: "string", description })

/** The document. Channels are named after calls and kinds; addresses have `{tenant}` and `{executionId}` for the tokens that vary. */
export function asyncApi(registry: Registry): JsonObject {
  const schemas: Record<string, Json> = {}
  const channels: Record<string, Json> = { inbox: inboxChannel(natsCalls(registry)), submit: submitChannel() }
  const operations: Record<string, Json> = { submit: submitOperation() }
  const messages: Record<string, Json> = { Problem: problemMessage(schemas) }
  for (const call of natsCalls(registry)) {
    messages[`${call.name}.Request`] = requestMessage(schemas, call)
    messages[`${call.name}.Answer`] = answerMessage(schemas, call)
    channels[call.name] = callChannel(call)
    operations[call.name] = callOperation(call)
  }
  for (const event of eventsOf(registry)) {
    const name = `event.${eventName(event.ref)}`
    messages[name] = eventMessage(schemas, event)
    channels[name] = eventChannel(event)
    operations[name] = {
      action: "send",
      channel: ref(`channels/${name}`),
      summary: event.meta.title,
      security: [ref("components/securitySchemes/user")],
    }
  }
  return {
    asyncapi: "3.1.0",
    info: {
      title: "Counterfoil",
      version: "v1",
      description: "Submit intents, decide what is held, and receive what happened.",
    },
    defaultContentType: "application/json",
    channels,
    operations,
    components: { schemas, messages, parameters, securitySchemes },
  }
}

const parameters: JsonObject = {
  tenant: { description: "The tenant of the token; a name without dots." },
  executionId: { description: "The execution that the event is of." },
}

const securitySchemes: JsonObject = {
  user: {
    type: "userPassword",
    description: "The user of the connection: its role decides what it may publish and subscribe to.",
  },
  token: {
    type: "http",
    scheme: "bearer",
    description:
      "The token in the header Authorization of each request identifies the caller. It starts with cft_.",
  },
}
const byToken = [ref("components/securitySchemes/token")]

/** The kinds of events that entries of a trace are published as; each kind once, since a subject has no major version. */
function eventsOf({ contracts }: Registry): readonly Event[] {
  const events = contracts.filter((contract) => contract.kind === "event")
  return events.filter(({ name }, at) => events.findLastIndex((other) => other.name === name) === at)
}

const callChannel = ({ name, contract }: NatsCall): JsonObject => ({
  address: `${natsPrefix}.{tenant}.call.${name}`,
  title: contract.meta.title,
  parameters: tenant,
  messages: { request: ref(`components/messages/${name}.Request`) },
})

const callOperation = ({ name, contract }: NatsCall): JsonObject => ({
  action: "receive",
  channel: ref(`channels/${name}`),
  title: contract.meta.title,
  description: [contract.meta.goal, contract.meta.context, ...contract.checks.map(({ says }) => says)].join(
    " ",
  ),
  security: byToken,
  bindings: { nats: { queue: queueGroup } },
  messages: [ref(`channels/${name}/messages/request`)],
  reply: {
    address: { location: "$message.header#/reply", description: "An inbox of the caller, below _INBOX." },
    channel: ref("channels/inbox"),
    messages: [ref(`channels/inbox/messages/${name}`), ref("channels/inbox/messages/problem")],
  },
})

function requestMessage(schemas: Record<string, Json>, { name, contract, keyed }: NatsCall): JsonObject {
  return {
    title: contract.meta.title,
    contentType: "application/json",
    headers: {
      type: "object",
      required: [natsHeaders.authorization],
      properties: {
        [natsHeaders.authorization]: header(
          "Bearer and a token, which identifies the caller. A subject is not identity.",
        ),
        ...(keyed
          ? { [natsHeaders.idempotencyKey]: header("The key, when the body does not carry it.") }
          : {}),
        [natsHeaders.prefer]: header("wait=n holds the answer for up to n seconds, at most 25."),
        [natsHeaders.traceparent]: header("W3C trace context, kept in the entries that follow."),
      },
    },
    payload: putSchema(schemas, `${name}.Input`, contract.inputSchema),
    examples: examplesOf(contract)
      .filter(({ fails }) => fails === null)
      .map(({ title, value }) => ({ summary: title, payload: value })),
  }
}

const answerMessage = (
  schemas: Record<string, Json>,
  { name, contract, answer, answers }: NatsCall,
): JsonObject => ({
  title: `${contract.meta.title}: the answer`,
  contentType: "application/json",
  payload: putSchema(schemas, `${name}.Answer`, jsonSchemaOf(answer, "output")),
  examples: answers.map(({ title, answer: payload }) => ({ summary: title, payload })),
})

const problemMessage = (schemas: Record<string, Json>): JsonObject => ({
  title: "Why a request was refused",
  contentType: "application/problem+json",
  headers: {
    type: "object",
    required: [natsHeaders.errorCode, natsHeaders.error],
    properties: {
      [natsHeaders.errorCode]: header("The HTTP status as a number."),
      [natsHeaders.error]: header("The error code."),
      [natsHeaders.retryAfter]: header(
        "Seconds to wait before a retry, for an error that a retry can solve.",
      ),
    },
  },
  payload: putSchema(schemas, "Problem", jsonSchemaOf(Problem, "output")),
})

/** The inbox that replies go to; it has no address, because each caller has its own. */
const inboxChannel = (calls: readonly NatsCall[]): JsonObject => ({
  title: "The inbox of a caller",
  messages: {
    problem: ref("components/messages/Problem"),
    ...Object.fromEntries(calls.map(({ name }) => [name, ref(`components/messages/${name}.Answer`)])),
  },
})

const submitChannel = (): JsonObject => ({
  address: `${natsPrefix}.{tenant}.submit`,
  title: "Submit without waiting",
  description: `Kept by the stream ${natsStreams.submit.name} until the intent is stored; the events of the execution are the answer. Send no ${natsHeaders.messageId}: the key makes sending again safe, and an acknowledgement that says \`duplicate\` is an error, because the server did not store the message.`,
  parameters: tenant,
  messages: { request: ref("components/messages/intent.submit.v1.Request") },
})

const submitOperation = (): JsonObject => ({
  action: "receive",
  channel: ref("channels/submit"),
  security: byToken,
})

const eventChannel = ({ ref: kind, meta }: Event): JsonObject => ({
  address: `${natsPrefix}.{tenant}.event.{executionId}.${eventName(kind)}`,
  title: meta.title,
  description: `Kept by the stream ${natsStreams.events.name} for ${natsStreams.events.days} days.`,
  parameters: { ...tenant, executionId: ref("components/parameters/executionId") },
  messages: { event: ref(`components/messages/event.${eventName(kind)}`) },
})

const eventMessage = (
  schemas: Record<string, Json>,
  { ref: kind, meta, payloadSchema }: Event,
): JsonObject => ({
  title: meta.title,
  contentType: "application/cloudevents+json",
  headers: {
    type: "object",
    properties: { [natsHeaders.messageId]: header("The hash of the entry, in hex.") },
  },
  payload: {
    type: "object",
    description: "CloudEvents 1.0 in structured JSON; `data` leaves out values from callers and handlers.",
    required: [
      "specversion",
      "id",
      "source",
      "type",
      "subject",
      "time",
      "datacontenttype",
      "dataschema",
      "sequence",
      "prevhash",
      "principalid",
    ],
    properties: {
      specversion: { const: "1.0" },
      id: { type: "string", description: "The hash of the entry, in hex." },
      source: { type: "string", format: "uri-reference" },
      type: { const: eventTypeOf(kind) },
      subject: { type: "string", description: "The execution." },
      time: { type: "string", format: "date-time" },
      datacontenttype: { const: "application/json" },
      dataschema: {
        type: "string",
        format: "uri",
        description:
          "The address of the contract's document, or the contract's name where the sender has no address.",
      },
      sequence: { type: "string", description: "The number of the entry in its trace, in 20 digits." },
      prevhash: { type: "string", description: "The `id` of the event before it." },
      principalid: { type: "string" },
      traceparent: { type: "string" },
      data: putSchema(schemas, `event.${eventName(kind)}`, eventDataSchema(payloadSchema)),
    },
  },
})
