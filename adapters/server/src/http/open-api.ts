// Describes the HTTP interface as OpenAPI 3.1, from the contracts and the table of identity operations.
// Owns: the document. Does not own: the names, schemas and sentences in it; those come from the contracts.
// Written here because a generator from JSON Schemas is short, and no schema is written a second time.

import {
  objectOf,
  errors,
  examplesOf,
  jsonSchemaOf,
  Problem,
  type AnswerExample,
  type Callable,
  type ErrorCode,
  type Example,
  type Json,
  type JsonObject,
  type JsonSchema,
  type Registry,
} from "@counterfoil/contracts"
import { httpCalls, httpPrefix, pathFields, type HttpCall } from "@counterfoil/contracts/http"
import { inlineSchema, putSchema } from "./put-schema.ts"
import { type IdentityOperation, identityOperations } from "@counterfoil/gate"
import { problemMediaType } from "./problem-answer.ts"
import { streamPaths } from "./stream-routes.ts"

/** The errors that every operation can return. */
const commonErrors: readonly ErrorCode[] = [
  "INPUT_INVALID",
  "JSON_MALFORMED",
  "JSON_FORBIDDEN",
  "INPUT_TOO_LARGE",
  "MEDIA_TYPE_UNSUPPORTED",
  "UNAUTHENTICATED",
  "ASSURANCE_TOO_LOW",
  "GRANT_MISSING",
  "POLICY_DENIED",
  "POLICY_ERROR",
  "RATE_LIMITED",
  "OVERLOADED",
  "STORE_UNAVAILABLE",
  "OUTCOME_UNKNOWN",
  "INTERNAL",
]

/** The document. Schemas are listed under `components/schemas`, by operation. */
export function openApi(registry: Registry): JsonObject {
  const schemas: Record<string, Json> = {}
  const problem = putSchema(schemas, "Problem", jsonSchemaOf(Problem, "output"))
  const described = [
    ...httpCalls(registry).map((call) => ofContract(call)),
    ...identityOperations.map((operation) => ofIdentity(operation)),
  ].map((operation) => [operation, operationObject(schemas, problem, operation)] as const)
  const paths: Record<string, Record<string, Json>> = {}
  for (const [{ path, method }, object] of described)
    (paths[braced(path)] ??= {})[method.toLowerCase()] = object
  for (const [path, says] of Object.entries(streamPaths))
    (paths[braced(path)] ??= {})["get"] = streamObject(path, says, problem)
  return {
    openapi: "3.1.1",
    info: {
      title: "Counterfoil",
      version: httpPrefix.slice(1),
      description: "Submit intents, decide what is held, and read what happened.",
    },
    servers: [{ url: "/", description: "The server that answers with this document." }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token that starts with cft_." },
      },
    },
  }
}

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly input: JsonSchema
  readonly answer: JsonSchema
  readonly inPath: readonly string[]
  readonly keyed: boolean
  /** True when the operation answers 202 while the record can still change. */
  readonly changes: boolean
  readonly errors: readonly ErrorCode[]
  /** Valid inputs. */
  readonly examples: readonly Example[]
  readonly answers: readonly AnswerExample[]
}

function ofContract({ contract, operation, answer, answers, inPath, keyed }: HttpCall): Operation {
  const says = [contract.meta.goal, contract.meta.context, ...contract.checks.map((check) => check.says)]
  return {
    id: idOf(contract.ref),
    method: operation.method,
    path: operation.path,
    tag: contract.name.split(".")[1] ?? "",
    summary: contract.meta.title,
    description: says.join(" "),
    input: contract.inputSchema,
    answer: jsonSchemaOf(answer, "output"),
    inPath,
    keyed,
    changes: true,
    errors: errorsOf(contract),
    examples: examplesOf(contract).filter(({ fails }) => fails === null),
    answers,
  }
}

function ofIdentity({ name, method, path, says, input, output }: IdentityOperation): Operation {
  return {
    id: idOf(name),
    method,
    path: `${httpPrefix}${path}`,
    tag: "identity",
    summary: name.split("@")[0] ?? name,
    description: says,
    input: jsonSchemaOf(input, "input"),
    answer: jsonSchemaOf(output, "output"),
    inPath: pathFields(path),
    keyed: false,
    changes: false,
    errors: commonErrors,
    examples: [],
    answers: [],
  }
}

const errorsOf = (contract: Callable): readonly ErrorCode[] => [
  ...new Set([...commonErrors, ...contract.errors]),
]

function operationObject(
  schemas: Record<string, Json>,
  problem: JsonObject,
  operation: Operation,
): JsonObject {
  const schema = putSchema(schemas, `${operation.id}.Answer`, operation.answer)
  const answer = (final: boolean): JsonObject => ({
    "application/json": { schema, ...namedExamples(operation.answers.filter((one) => one.final === final)) },
  })
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    ...inputObject(schemas, operation),
    responses: {
      "200": { description: "The current record.", content: answer(true) },
      ...(operation.changes
        ? { "202": { description: "The current record; it can still change.", content: answer(false) } }
        : {}),
      ...problemResponses(problem, operation.errors),
    },
  }
}

/** Where the fields of an input are: in the path, a header, the query of a GET, or the body of a POST. */
function inputObject(schemas: Record<string, Json>, operation: Operation): JsonObject {
  const { id, method, input, inPath, keyed } = operation
  const required = Array.isArray(input["required"]) ? input["required"] : []
  const { properties, ...rest } = inlineSchema(schemas, `${id}.Input`, input)
  const fields = objectOf(properties)
  const elsewhere = Object.keys(fields).filter((name) => !inPath.includes(name))
  const field = (place: "path" | "query", name: string): JsonObject => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: fields[name] ?? {},
  })
  const parameters = [
    ...inPath.map((name) => field("path", name)),
    ...(keyed ? [header("Idempotency-Key", "The key, when the body does not carry it.")] : []),
    header("Prefer", "wait=n holds the answer for up to n seconds, at most 25."),
  ]
  if (method === "GET")
    return { parameters: [...parameters, ...elsewhere.map((name) => field("query", name))] }
  const inBody = required.filter((name) => elsewhere.includes(String(name)) && name !== "key")
  schemas[`${id}.Input`] = {
    ...rest,
    properties: {
      ...Object.fromEntries(elsewhere.map((name) => [name, fields[name] ?? {}])),
      ...(keyed && fields["key"] === undefined ? { key: { type: "string" } } : {}),
    },
    required: inBody,
  }
  const schema = { $ref: `#/components/schemas/${id}.Input` }
  const content = { "application/json": { schema, ...bodyExamples(operation) } }
  return { parameters, requestBody: { required: inBody.length > 0, content } }
}

const header = (name: string, description: string): JsonObject => ({
  name,
  in: "header",
  required: false,
  description,
  schema: { type: "string" },
})

/** The contract's examples of valid input, as bodies: without the fields that are in the path. */
function bodyExamples({ examples, inPath }: Operation): JsonObject {
  const bodyOf = (input: Json): Json =>
    Object.fromEntries(Object.entries(objectOf(input)).filter(([name]) => !inPath.includes(name)))
  return namedExamples(examples.map(({ title, value }) => ({ title, answer: bodyOf(value) })))
}

/** Example values by title, in the form of a media type; an empty object when there are none. */
function namedExamples(examples: readonly { readonly title: string; readonly answer: Json }[]): JsonObject {
  const named = examples.map(({ title, answer }) => [title, { value: answer }] as const)
  return named.length === 0 ? {} : { examples: Object.fromEntries(named) }
}

function problemResponses(problem: JsonObject, codes: readonly ErrorCode[]): JsonObject {
  const statuses = [...new Set(codes.map((code) => errors[code].status))].sort((a, b) => a - b)
  return Object.fromEntries(
    statuses.map((status) => {
      const named = codes.filter((code) => errors[code].status === status)
      return [
        String(status),
        { description: named.join(", "), content: { [problemMediaType]: { schema: problem } } },
      ]
    }),
  )
}

const streamObject = (path: string, says: string, problem: JsonObject): JsonObject => ({
  operationId: pathFields(path).length === 0 ? "stream.tenant.v1" : "stream.execution.v1",
  tags: ["stream"],
  summary: "Follow events",
  description: says,
  parameters: [
    ...pathFields(path).map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    {
      name: "after",
      in: "query",
      required: false,
      // Positions in a tenant's stream are encrypted for a caller who may read only part of it.
      schema: pathFields(path).length === 0 ? { type: "string" } : { type: "integer", minimum: 0 },
    },
    { name: "Last-Event-ID", in: "header", required: false, schema: { type: "string" } },
  ],
  responses: {
    "200": {
      description: "Events as they are committed.",
      content: { "text/event-stream": { schema: { type: "string" } } },
    },
    ...problemResponses(problem, commonErrors),
  },
})

const idOf = (ref: string): string => ref.replace("@", ".v")
const braced = (path: string): string => path.replaceAll(/:([A-Za-z]+)/g, "{$1}")
