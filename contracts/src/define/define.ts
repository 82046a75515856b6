// Defines contracts: checks each, computes its digests once and freezes it.
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
import { once, withDerived } from "./derived.ts"
import { meaningDigests } from "./meaning-of.ts"
import { everyField, previewProblems } from "./preview.ts"
import { jsonSchemaOf, type JsonSchema } from "../schema/schema.ts"

interface Example {
  readonly title: string
  readonly input: Json
  /** A possible answer to the input; a refused input has none. */
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
export const defineCommand = <I, O>(spec: CommandDefinition<I, O>): Command<I, O> =>
  checkedNow(declareCommand(spec))

/** Defines a query: something that only reads. Throws a `DefinitionError` like `defineCommand`. */
export const defineQuery = <I, O>(spec: QueryDefinition<I, O>): Query<I, O> => checkedNow(declareQuery(spec))

/** Defines an intent: what a principal wants done, and the pure function that draws its plan. Throws like `defineCommand`. */
export const defineIntent = <I, O>(spec: IntentDefinition<I, O>): Intent<I, O> =>
  checkedNow(declareIntent(spec))

/** Defines an event: a fact, which is also the kind of a trace entry. Throws like `defineCommand`. */
export const defineEvent = <P>(spec: EventDefinition<P>): Event<P> => checkedNow(declareEvent(spec))

function checkedNow<C extends Command | Query | Intent | Event>(contract: C): C {
  // Reading a schema checks the definition.
  void (contract.kind === "event" ? contract.payloadSchema : contract.inputSchema)
  return contract
}

/**
 * The same as `defineCommand`, for contracts of this release: what is wrong with one is thrown when its schema or digest is
 * first read, as every registry does, instead of at once. So a process that reads three of them does not check fifty.
 */
export function declareCommand<I, O>(spec: CommandDefinition<I, O>): Command<I, O> {
  return invocable(
    "command",
    spec,
    () => [...effectProblems(spec.effect, EffectClass.options), ...unstated(spec)],
    {
      effect: spec.effect,
      irreversible: spec.irreversible ?? false,
      floor: spec.floor ?? null,
      window: spec.window ?? null,
      probe: spec.probe ?? null,
      undo: spec.undo ?? null,
      observes: spec.observes ?? null,
      path: spec.path ?? "step",
    },
  )
}

/** What an effect class asks a command to state besides. */
const unstated = (
  spec: Pick<CommandDefinition<unknown, unknown>, "effect" | "window" | "probe" | "irreversible">,
): readonly string[] => [
  ...(spec.effect === "keyed" && spec.window === undefined ? ["a keyed command states its window"] : []),
  ...(spec.effect === "probeable" && spec.probe === undefined
    ? ["a probeable command states how its probe settles"]
    : []),
  ...(spec.effect === "unsafe" && spec.irreversible === undefined
    ? ["an unsafe command says whether it is irreversible"]
    : []),
]

/** The same as `defineQuery`, checked like `declareCommand`. */
export function declareQuery<I, O>(spec: QueryDefinition<I, O>): Query<I, O> {
  const effect = spec.effect ?? "read"
  return invocable("query", spec, () => effectProblems(effect, ["pure", "read"]), {
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

/** The same as `defineIntent`, checked like `declareCommand`. */
function declareIntent<I, O>(spec: IntentDefinition<I, O>): Intent<I, O> {
  const [onFailure, deadline] = [spec.onFailure ?? "stop", spec.deadline ?? "P30D"]
  const input = once(() => jsonSchemaOf(spec.input, "input"))
  const semantic = once(() => {
    refuse(spec.name, [
      ...metaProblems(spec.meta),
      ...shapeProblems(spec, input),
      ...exampleProblems(spec.examples),
    ])
    return {
      kind: "intent",
      name: spec.name,
      version: spec.version,
      input: input(),
      output: jsonSchemaOf(spec.output, "output"),
      capability: spec.capability,
      checks: checkList(spec.checks),
      onFailure,
      deadline,
    }
  })
  return withDerived(
    {
      kind: "intent" as const,
      ...named(spec),
      input: spec.input,
      output: spec.output,
      checks: spec.checks ?? [],
      onFailure,
      deadline: deadline as Duration,
      plan: (read: I) => spec.plan(read),
    },
    {
      ...derivedOf(spec, semantic),
      inputSchema: () => semantic().input,
      outputSchema: () => semantic().output,
    },
  )
}

/** The same as `defineEvent`, checked like `declareCommand`. */
export function declareEvent<P>(spec: EventDefinition<P>): Event<P> {
  const semantic = once(() => {
    refuse(spec.name, metaProblems(spec.meta))
    return {
      kind: "event",
      name: spec.name,
      version: spec.version,
      payload: jsonSchemaOf(spec.payload, "output"),
      capability: spec.capability,
    }
  })
  return withDerived(
    { kind: "event" as const, ...named(spec), payload: spec.payload },
    {
      ...derivedOf({ ...spec, examples: spec.examples ?? [] }, semantic),
      payloadSchema: () => semantic().payload,
    },
  )
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

/** A contract that cannot be defined: a mistake of its author, found when the program starts. */
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
  problems: () => readonly string[],
  invoked: Invoked,
) {
  const limits = Limits.parse({ ...defaultLimits, ...spec.limits })
  const auth = {
    kinds: [...(spec.auth?.kinds ?? ["human", "service", "agent"])],
    assurance: spec.auth?.assurance ?? "session",
  } as const
  const resource = spec.resource ?? null
  const [errors, emits] = [[...(spec.errors ?? [])].sort(), [...(spec.emits ?? [])].sort()]
  const input = once(() => jsonSchemaOf(spec.input, "input"))
  const shown = once(() => shownOf(spec, invoked.path, input()))
  const { observes, ...declared } = invoked
  const semantic = once(() => {
    const { preview, notShown } = shown()
    refuse(spec.name, [
      ...invocableProblems(spec, input),
      ...problems(),
      ...(mayBeHeld(invoked.path) ? previewProblems(input(), preview, notShown) : []),
      ...(observes === null ? [] : observesProblems(observes, input(), invoked.path)),
    ])
    return {
      kind,
      name: spec.name,
      version: spec.version,
      input: input(),
      output: jsonSchemaOf(spec.output, "output"),
      capability: spec.capability,
      checks: checkList(spec.checks),
      errors,
      emits,
      auth: { kinds: [...auth.kinds].sort(), assurance: auth.assurance },
      limits,
      resource,
      ...declared,
      preview: preview.map((line) => ({ ...line })),
      // Absent where there is none, so that the digests of all other contracts stay what they were before there were such fields.
      ...(notShown.length === 0 ? {} : { notShown: notShown.map((one) => ({ ...one })) }),
      ...(observes === null ? {} : { observes }),
    }
  })
  return withDerived(
    {
      kind,
      ...named(spec),
      input: spec.input,
      output: spec.output,
      checks: spec.checks ?? [],
      errors,
      emits,
      auth,
      limits,
      resource: resource === null ? null : { kind: resource.kind, at: resource.at },
      http: spec.http ?? null,
      path: invoked.path,
      effect: invoked.effect,
      irreversible: invoked.irreversible,
      floor: invoked.floor,
      window: invoked.window as Duration | null,
      probe: invoked.probe as { readonly settle: Duration } | null,
      undo: invoked.undo as UndoDeclaration | null,
      observes: invoked.observes as ObservesDeclaration | null,
    },
    {
      ...derivedOf(spec, semantic),
      inputSchema: () => semantic().input,
      outputSchema: () => semantic().output,
      preview: () => shown().preview,
      notShown: () => shown().notShown,
    },
  )
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

type Named = Pick<CallableDefinition<unknown, unknown>, "name" | "version" | "meta" | "capability">

/** The names of every contract. */
const named = ({ name, version, meta, capability }: Named) => ({
  name,
  version: version as SemVer,
  ref: refOf({ name, version }),
  meta,
  capability: CapabilityName.parse(capability),
})

const refOf = ({ name, version }: Pick<Named, "name" | "version">): ContractRef =>
  ContractRef.parse(`${name}@${version.split(".")[0] ?? ""}`)

/** The document of a contract and its digests, which say what it means; making them checks the definition. */
function derivedOf(
  spec: Named & { readonly examples: readonly object[] },
  semantic: () => { readonly [field: string]: unknown },
) {
  const document = once((): ContractDocument => {
    const meaning = semantic()
    return plainObject({ ...meaning, meta: spec.meta, examples: spec.examples })
  })
  const digests = once(() => meaningDigests(semantic()))
  return {
    digest: () => digests().digest,
    formerDigest: () => digests().formerDigest,
    document,
    pin: () => ({ digest: digests().digest, ref: refOf(spec), version: spec.version as SemVer }),
    documentDigest: () => digestOf("counterfoil.contract-document.v1", canonicalBytes(document())),
  }
}

function refuse(name: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new DefinitionError(name, problems)
}

function checkList<I>(
  checks: readonly Check<I>[] | undefined,
): readonly { readonly id: string; readonly version: number; readonly says: string }[] {
  return (checks ?? []).map(({ id, version, says }) => ({ id, version, says }))
}
