// How contracts come to be: checked when defined, digested once, frozen.
// Owns: defaults, definition errors, the two digests. Does not own: the registry, any concrete contract, nor what is wrong
// with a definition (definition-problems.ts).

import type { z } from "zod"
import type { ErrorCode } from "../errors/errors.ts"
import { canonicalBytes } from "../json/canonical.ts"
import { plainObject, type Json } from "../json/json.ts"
import { digestOf } from "../digest/index.ts"
import {
  CapabilityName,
  ContractRef,
  EffectClass,
  type Assurance,
  type Duration,
  type PrincipalKind,
  type SemVer,
  type Tier,
} from "../primitives.ts"
import {
  ContractMeta,
  Limits,
  type Capability,
  type Check,
  type Command,
  type ContractDocument,
  type ContractPath,
  type Event,
  type HttpRoute,
  type Intent,
  type NotShown,
  type ObservesDeclaration,
  type PreviewField,
  type Query,
  type UndoDeclaration,
} from "./contract.ts"
import type { FillDraft } from "./drawn.ts"
import {
  effectProblems,
  exampleProblems,
  invocableProblems,
  metaProblems,
  observesProblems,
  shapeProblems,
} from "./definition-problems.ts"
import { meaningDigests } from "./meaning-of.ts"
import { everyField, previewProblems } from "./preview.ts"
import { jsonSchemaOf, type JsonSchema } from "./schema.ts"

interface Example {
  readonly title: string
  readonly input: Json
  /** What the input may be answered with; a refused one has none. */
  readonly output?: Json
  readonly fails?: string
}

interface CallableDefinition<I, O> {
  readonly name: string
  readonly version: string
  readonly meta: ContractMeta
  readonly input: z.ZodType<I>
  readonly output: z.ZodType<O>
  readonly capability: string
  readonly examples: readonly Example[]
  readonly checks?: readonly Check<I>[]
  readonly errors?: readonly ErrorCode[]
  readonly emits?: readonly string[]
  readonly auth?: { readonly kinds?: readonly PrincipalKind[]; readonly assurance?: Assurance }
  readonly limits?: Partial<Limits>
  readonly resource?: { readonly kind: string; readonly at: string }
  readonly path?: ContractPath
  readonly http?: HttpRoute
  /** What an approver reads; left out, every field of the input. */
  readonly preview?: readonly PreviewField[]
  /** Fields that no line of the preview shows, each with its reason. */
  readonly notShown?: readonly NotShown[]
}

/** What an author states of a command; everything left out has the default of `defineCommand`. */
export interface CommandDefinition<I, O> extends CallableDefinition<I, O> {
  readonly effect: EffectClass
  readonly irreversible?: boolean
  readonly floor?: Tier
  readonly window?: string
  readonly probe?: { readonly settle: string }
  readonly undo?: { readonly contract: string; readonly input: { readonly [field: string]: Json } }
  readonly observes?: Observes
}

interface Observes {
  readonly contract: string
  readonly input: { readonly [field: string]: Json }
  readonly at: string
}

/** What an author states of a query. */
export interface QueryDefinition<I, O> extends CallableDefinition<I, O> {
  readonly effect?: "pure" | "read"
}

/** What an author states of an intent, its plan function included. */
export interface IntentDefinition<I, O> {
  readonly name: string
  readonly version: string
  readonly meta: ContractMeta
  readonly input: z.ZodType<I>
  readonly output: z.ZodType<O>
  readonly capability: string
  readonly examples: readonly Example[]
  readonly checks?: readonly Check<I>[]
  readonly onFailure?: "stop" | "undo"
  readonly deadline?: string
  plan(input: I): FillDraft
}

/** What an author states of an event. */
export interface EventDefinition<P> {
  readonly name: string
  readonly version: string
  readonly meta: ContractMeta
  readonly capability: string
  readonly payload: z.ZodType<P>
  readonly examples?: readonly { readonly title: string; readonly payload: Json }[]
}

const defaultLimits: Limits = {
  deadline: "PT30S" as Duration,
  attempts: 3,
  inputBytes: 256 * 1024,
  outputBytes: 1024 * 1024,
  inFlight: 64,
}

/** Defines a command: something that changes the world. Throws a `DefinitionError` that lists everything wrong with it. */
export function defineCommand<I, O>(spec: CommandDefinition<I, O>): Command<I, O> {
  const problems = [...invocableProblems(spec), ...effectProblems(spec.effect, EffectClass.options)]
  if (spec.effect === "keyed" && spec.window === undefined) problems.push("a keyed command states its window")
  if (spec.effect === "probeable" && spec.probe === undefined)
    problems.push("a probeable command states how its probe settles")
  if (spec.effect === "unsafe" && spec.irreversible === undefined)
    problems.push("an unsafe command says whether it is irreversible")
  return invocable("command", spec, problems, {
    effect: spec.effect,
    irreversible: spec.irreversible ?? false,
    floor: spec.floor ?? null,
    window: spec.window ?? null,
    probe: spec.probe ?? null,
    undo: spec.undo ?? null,
    observes: spec.observes ?? null,
    path: spec.path ?? "step",
  })
}

/** Defines a query: something that only reads. Throws a `DefinitionError` like `defineCommand`. */
export function defineQuery<I, O>(spec: QueryDefinition<I, O>): Query<I, O> {
  const effect = spec.effect ?? "read"
  const problems = [...invocableProblems(spec), ...effectProblems(effect, ["pure", "read"])]
  return invocable("query", spec, problems, {
    effect,
    irreversible: false,
    floor: null,
    window: null,
    probe: null,
    undo: null,
    observes: null,
    path: spec.path ?? "step",
  })
}

/** Defines an intent: what a principal wants done, and the pure function that draws its plan. */
export function defineIntent<I, O>(spec: IntentDefinition<I, O>): Intent<I, O> {
  const problems = [...metaProblems(spec.meta), ...shapeProblems(spec), ...exampleProblems(spec.examples)]
  const semantic = {
    kind: "intent",
    name: spec.name,
    version: spec.version,
    input: jsonSchemaOf(spec.input, "input"),
    output: jsonSchemaOf(spec.output, "output"),
    capability: spec.capability,
    checks: checkList(spec.checks),
    onFailure: spec.onFailure ?? "stop",
    deadline: spec.deadline ?? "P30D",
  }
  return {
    kind: "intent",
    ...common(spec, semantic, problems),
    input: spec.input,
    output: spec.output,
    inputSchema: semantic.input,
    outputSchema: semantic.output,
    checks: spec.checks ?? [],
    capability: CapabilityName.parse(spec.capability),
    onFailure: semantic.onFailure,
    deadline: semantic.deadline as Duration,
    plan: (input) => spec.plan(input),
  }
}

/** Defines an event: a fact, which is also the kind of a trace entry. */
export function defineEvent<P>(spec: EventDefinition<P>): Event<P> {
  const payloadSchema = jsonSchemaOf(spec.payload, "output")
  const semantic = {
    kind: "event",
    name: spec.name,
    version: spec.version,
    payload: payloadSchema,
    capability: spec.capability,
  }
  return {
    kind: "event",
    ...common({ ...spec, examples: spec.examples ?? [] }, semantic, metaProblems(spec.meta)),
    payload: spec.payload,
    payloadSchema,
    capability: CapabilityName.parse(spec.capability),
  }
}

/** Defines a capability: a named set of contracts that a grant gives. */
export function defineCapability(spec: {
  readonly name: string
  readonly meta: Capability["meta"]
  readonly requires: readonly string[]
}): Capability {
  return {
    name: CapabilityName.parse(spec.name),
    meta: ContractMeta.parse(spec.meta),
    requires: spec.requires.map((name) => CapabilityName.parse(name)),
  }
}

/** A contract that cannot be: a mistake of its author, found when the program starts. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError"
  readonly contract: string
  readonly problems: readonly string[]
  constructor(contract: string, problems: readonly string[]) {
    super(`${contract} cannot be defined: ${problems.join("; ")}`)
    this.contract = contract
    this.problems = problems
  }
}

type Invoked = {
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly floor: Tier | null
  readonly window: string | null
  readonly probe: { readonly settle: string } | null
  readonly undo: { readonly contract: string; readonly input: { readonly [field: string]: Json } } | null
  readonly observes: Observes | null
  readonly path: ContractPath
}

function invocable<K extends "command" | "query", I, O>(
  kind: K,
  spec: CallableDefinition<I, O>,
  problems: string[],
  invoked: Invoked,
) {
  const limits = Limits.parse({ ...defaultLimits, ...spec.limits })
  const auth = {
    kinds: [...(spec.auth?.kinds ?? ["human", "service", "agent"])],
    assurance: spec.auth?.assurance ?? "session",
  } as const
  const resource = spec.resource ?? null
  const input = jsonSchemaOf(spec.input, "input")
  const { preview, notShown } = shownOf(spec, invoked.path, input)
  const { observes, ...declared } = invoked
  problems.push(...(mayBeHeld(invoked.path) ? previewProblems(input, preview, notShown) : []))
  problems.push(...(observes === null ? [] : observesProblems(observes, input, invoked.path)))
  const semantic = {
    kind,
    name: spec.name,
    version: spec.version,
    input,
    output: jsonSchemaOf(spec.output, "output"),
    capability: spec.capability,
    checks: checkList(spec.checks),
    errors: [...(spec.errors ?? [])].sort(),
    emits: [...(spec.emits ?? [])].sort(),
    auth: { kinds: [...auth.kinds].sort(), assurance: auth.assurance },
    limits,
    resource,
    ...declared,
    preview: preview.map((line) => ({ ...line })),
    // Absent where there is none, so that the digests of all other contracts stay what they were before there were such fields.
    ...(notShown.length === 0 ? {} : { notShown: notShown.map((one) => ({ ...one })) }),
    ...(observes === null ? {} : { observes }),
  }
  return {
    kind,
    ...common(spec, semantic, problems),
    input: spec.input,
    output: spec.output,
    inputSchema: semantic.input,
    outputSchema: semantic.output,
    checks: spec.checks ?? [],
    errors: semantic.errors,
    emits: semantic.emits,
    capability: CapabilityName.parse(spec.capability),
    auth,
    limits,
    resource: resource === null ? null : { kind: resource.kind, at: resource.at },
    http: spec.http ?? null,
    path: invoked.path,
    effect: invoked.effect,
    irreversible: invoked.irreversible,
    floor: invoked.floor,
    preview,
    notShown,
    window: invoked.window as Duration | null,
    probe: invoked.probe as { readonly settle: Duration } | null,
    undo: invoked.undo as UndoDeclaration | null,
    observes: invoked.observes as ObservesDeclaration | null,
  }
}

/** Only what runs as a step can wait for people: obligations do not apply to the rest. */
const mayBeHeld = (path: ContractPath): boolean => path === "step" || path === "gate"

function shownOf(
  { preview, notShown = [] }: Pick<CallableDefinition<unknown, unknown>, "preview" | "notShown">,
  path: ContractPath,
  input: JsonSchema,
) {
  if (preview !== undefined) return { preview, notShown }
  return { preview: mayBeHeld(path) && notShown.length === 0 ? everyField(input) : [], notShown }
}

function common(
  spec: {
    readonly name: string
    readonly version: string
    readonly meta: ContractMeta
    readonly examples: readonly object[]
  },
  semantic: { readonly [field: string]: unknown },
  problems: readonly string[],
) {
  if (problems.length > 0) throw new DefinitionError(spec.name, problems)
  const ref = ContractRef.parse(`${spec.name}@${spec.version.split(".")[0] ?? ""}`)
  const document: ContractDocument = plainObject({ ...semantic, meta: spec.meta, examples: spec.examples })
  const { digest, formerDigest } = meaningDigests(semantic)
  const version = spec.version as SemVer
  return {
    name: spec.name,
    version,
    ref,
    meta: spec.meta,
    digest,
    formerDigest,
    document,
    pin: { digest, ref, version },
    documentDigest: digestOf("counterfoil.contract-document.v1", canonicalBytes(document)),
  }
}

function checkList<I>(
  checks: readonly Check<I>[] | undefined,
): readonly { readonly id: string; readonly version: number; readonly says: string }[] {
  return (checks ?? []).map(({ id, version, says }) => ({ id, version, says }))
}
