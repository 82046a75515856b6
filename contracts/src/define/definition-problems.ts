// What is wrong with a definition, as sentences: everything that makes a contract impossible, all at once.
// Owns: those checks; they look at values and not at types, because a source runs without being compiled. Does not own: what is
// poor though possible (lint). Keeps INV-13: no field is both secret and seen by policy.

import type { z } from "zod"
import { isErrorCode, type ErrorCode } from "../errors/errors.ts"
import type { EffectClass } from "../primitives.ts"
import { isList, referencesOf } from "../plan/reference.ts"
import { isResourceKind } from "../policy/request.ts"
import { parsePointer } from "../json/json-pointer.ts"
import type { Json } from "../json/json.ts"
import { ContractMeta, ObservesDeclaration, type ContractPath } from "./contract.ts"
import { markConflicts, type JsonSchema } from "../schema/schema.ts"
import { targetProblems } from "../target/target-problems.ts"
import { schemaSecrets } from "./schema-secrets.ts"

interface Shapes {
  readonly input: z.ZodType
  readonly output: z.ZodType
}
type Examples = readonly { readonly fails?: string }[]

/** Goal, context, title, owners, tags and stability that are missing, too short or too long. */
export function metaProblems(meta: ContractMeta): readonly string[] {
  const parsed = ContractMeta.safeParse(meta)
  if (parsed.success) return []
  return parsed.error.issues.map((issue) => `meta ${issue.path.join(".")}: ${issue.message}`)
}

/** What the shapes hide from their JSON Schemas, and marks that contradict each other. `inputSchema` makes the JSON Schema of the input. */
export function shapeProblems({ input, output }: Shapes, inputSchema: () => JsonSchema): readonly string[] {
  const hidden = [
    ...schemaSecrets(input).map((secret) => `input${secret}`),
    ...schemaSecrets(output).map((secret) => `output${secret}`),
  ]
  // A schema that hides something may have no JSON Schema.
  if (hidden.length > 0) return hidden
  const schema = inputSchema()
  return [
    ...markConflicts(schema).map((at) => `input${at}: a secret field is never seen by policy`),
    ...targetProblems(schema).map((problem) => `input${problem}`),
  ]
}

/** Whether the examples have an accepted input. */
export const exampleProblems = (examples: Examples): readonly string[] =>
  examples.some(({ fails }) => fails === undefined) ? [] : ["it has no valid example"]

/**
 * Whether rules and grants can name a resource of this kind as `kind:id`: with a colon inside the kind, two resources
 * would have one name, and `none` is the kind of what has no resource.
 */
const resourceProblems = (resource: { readonly kind: string } | null | undefined): readonly string[] =>
  resource === null || resource === undefined || isResourceKind(resource.kind)
    ? []
    : ["the kind of its resource is not empty, not none, and has no colon"]

/** The problems that any command or query can have. */
export const invocableProblems = (
  spec: Shapes & {
    readonly meta: ContractMeta
    readonly examples: Examples
    readonly errors?: readonly ErrorCode[]
    readonly resource?: { readonly kind: string } | null
  },
  inputSchema: () => JsonSchema,
): readonly string[] => [
  ...metaProblems(spec.meta),
  ...shapeProblems(spec, inputSchema),
  ...exampleProblems(spec.examples),
  ...resourceProblems(spec.resource),
  ...(spec.errors ?? [])
    .filter((code) => !isErrorCode(code))
    .map((code) => `${String(code)} is not an error of the table`),
]

/** Whether the stated effect class is one that this kind of contract can have. */
export const effectProblems = (effect: EffectClass, allowed: readonly EffectClass[]): readonly string[] =>
  allowed.includes(effect) ? [] : [`it states no effect class: ${allowed.join(", ")}`]

/**
 * What is wrong with how a command says what outside state it acts on. `at` is one optional field of the input, so that
 * callers may leave it out and the planner can fill it.
 */
export function observesProblems(
  observes: {
    readonly contract: string
    readonly input: { readonly [field: string]: Json }
    readonly at: string
  },
  input: JsonSchema,
  path: ContractPath,
): readonly string[] {
  if (!ObservesDeclaration.safeParse(observes).success)
    return ["observes names a query by name@major, and a field of the input by its pointer"]
  const { properties, required } = input
  const fields = typeof properties === "object" && properties !== null ? Object.keys(properties) : []
  const field = fieldOf(observes.at)
  const demanded = isList(required) && required.includes(field ?? "")
  return [
    ...(field === null || !fields.includes(field)
      ? [`observes: ${observes.at} is not a field of its input`]
      : demanded
        ? [`observes: ${observes.at} has to be optional, so that the planner can fill it`]
        : []),
    ...(referencesOf(observes.input).every(({ step, at }) => step === "input" && segmentsOf(at)[0] !== field)
      ? []
      : ["observes: what is read follows from the rest of its own input alone"]),
    ...(path === "step" ? [] : ["observes: only a step of a plan can be given what was read before"]),
  ]
}

const segmentsOf = (at: string): readonly string[] => {
  const path = parsePointer(at)
  return path.ok ? path.value : []
}

/** The top-level field that a pointer names as a whole, else null. */
function fieldOf(at: string): string | null {
  const [field, ...deeper] = segmentsOf(at)
  return field === undefined || deeper.length > 0 ? null : field
}
