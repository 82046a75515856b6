// A command made from a place of the server: flags, help and JSON shape come from its schema, a little sugar from here.
// Owns: the one mechanism behind every net command. Does not own: any contract, nor how an answer reads (print/).
// Keeps INV-12: what is sent is what the person wrote; nothing here adds a principal, a tier or an approval.

import type { z } from "zod"
import { parseWith, type Immutable, type Json, type JsonObject, isObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Argument, Command, Ending, Flag, Invocation } from "../command.ts"
import type { ExitCode } from "../exit-codes.ts"
import type { Client } from "../net/client.ts"
import { type Endpoint, propertiesOf } from "../net/endpoint.ts"
import { principalNames } from "../net/principal-names.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId, takesOf } from "../net/resolve-id.ts"
import { noNames, type Names } from "../print/names.ts"
import { isForPeople, type Page } from "../print/page.ts"
import { shownBody } from "./shown-body.ts"
import { SubmissionDocument, submissionEnding } from "./submission.ts"
import { freshKey } from "./fresh-key.ts"
import { fieldsOfFlags, flagsOfSchema, kebab, type Sugars } from "./schema-flags.ts"

/** A positional argument and the field it fills. Ids may be cut to a unique prefix. */
export interface Positional extends Argument {
  readonly field: string
}

/** What a command has beyond its schema. */
export interface NetSugar<S extends z.ZodType> {
  readonly endpoint: Endpoint
  /** What the server answers, and how that reads. */
  readonly output: S
  text(answer: Immutable<z.output<S>>, page: Page, names: Names): string
  /** True when the text shows principals by their names. */
  readonly named?: boolean
  readonly examples: readonly string[]
  readonly arguments?: readonly Positional[]
  /** The exit codes of help, where the usual ones do not say it. */
  readonly exits?: readonly ExitCode[]
  readonly fields?: Sugars
  /** Fields that this command fills by itself, so that they are no flags. */
  readonly fills?: readonly string[]
  /** Fields with a flag that this command fills where it is left out. */
  readonly defaults?: readonly string[]
  /** Flags that no field has. */
  readonly flags?: readonly Flag[]
  /** What is done in the place of one call, for what takes several; null for one call after all. */
  instead?(input: JsonObject, invocation: Invocation): Promise<Ending> | null
  /** Completes the input that arguments and flags gave. */
  complete?(input: JsonObject, invocation: Invocation): JsonObject | Promise<JsonObject>
  /** The exit code of an answer; 0 when it says nothing else. */
  exit?(answer: Immutable<z.output<S>>): ExitCode
}

/** How long a command that acts through the gate waits for its end before it says "still at work". */
const gatedWaitMs = 10_000

/** The command. */
export function netCommand<S extends z.ZodType>(sugar: NetSugar<S>): Command {
  const { endpoint, arguments: positional = [], fields = {}, fills = [] } = sugar
  const elsewhere = [...positional.map(({ field }) => field), ...fills, ...(endpoint.keyed ? ["key"] : [])]
  const keyFlag: readonly Flag[] = endpoint.keyed
    ? [{ long: "key", value: "KEY", help: "idempotency key: the same key never acts twice" }]
    : []
  return {
    examples: sugar.examples,
    arguments: positional,
    document: endpoint.gated ? SubmissionDocument : endpoint.output,
    exits: sugar.exits ?? (endpoint.reads ? [0, 1, 2, 4] : [0, 1, 2, 3, 4, 6, 7]),
    flags: [...flagsOfSchema(endpoint.inputSchema, elsewhere, fields), ...keyFlag, ...(sugar.flags ?? [])],
    run: async (invocation) => {
      const { flags, args, io } = invocation
      const said = fieldsOfFlags(endpoint.inputSchema, elsewhere, fields, flags, {
        now: io.now(),
        read: (path) => io.read(path),
      })
      // Before the server or the person is asked anything.
      refuseMissing(endpoint, said, [...elsewhere, ...(sugar.defaults ?? [])], fields)
      const typed = await withIds(
        endpoint,
        { ...said, ...fieldsOfArguments(positional, args) },
        invocation.client,
      )
      const other = sugar.instead?.(typed, invocation) ?? null
      if (other !== null) return await other
      const completed = sugar.complete === undefined ? typed : await sugar.complete(typed, invocation)
      const input = checked(endpoint, completed, { positional, fields })
      const body = await callKeyed(endpoint, input, invocation)
      return endpoint.gated
        ? await submissionEnding(invocation, body, endpoint.name, gatedWaitMs)
        : ending(
            sugar,
            body,
            sugar.named === true && showsNames(invocation)
              ? await principalNames(invocation.client())
              : noNames,
          )
    },
  }
}

/** Calls an endpoint; a keyed one gets the key of the flag, or a fresh one that is said before anything is sent. */
export async function callKeyed(
  endpoint: Endpoint,
  input: JsonObject,
  { flags, io, client }: Invocation,
): Promise<Json> {
  if (!endpoint.keyed) return (await client().call(endpoint, input)).body
  const given = flags.text("key")
  const key = given ?? freshKey()
  if (given === undefined && !flags.on("quiet")) io.say(`key ${key}`)
  return (await client().call(endpoint, { ...input, key })).body
}

/** The input as the contract reads it. Errors: usage, naming each flag or argument that does not fit. */
export function checked(
  endpoint: Endpoint,
  input: JsonObject,
  names: { readonly positional: readonly Positional[]; readonly fields: Sugars },
): JsonObject {
  const asked =
    endpoint.keyed && "key" in propertiesOf(endpoint.inputSchema) ? { ...input, key: "key" } : input
  const parsed = parseWith(endpoint.input, asked)
  if (parsed.ok) return input
  const lines = parsed.error.map(({ at, message }) => {
    const field = at.split("/")[1] ?? ""
    const argument = names.positional.find((one) => one.field === field)
    const name = argument === undefined ? flagOf(field, names.fields) : `<${argument.name}>`
    return `${field === "" ? "input" : name}: ${message}`
  })
  throw mismatch(endpoint, lines)
}

/** Errors: usage, naming each required flag that was not given. `later` are the fields that something else fills. */
function refuseMissing(endpoint: Endpoint, said: JsonObject, later: readonly string[], fields: Sugars): void {
  const { required } = endpoint.inputSchema
  const missing = (Array.isArray(required) ? required : []).filter(
    (field): field is string => typeof field === "string" && !(field in said) && !later.includes(field),
  )
  if (missing.length > 0)
    throw mismatch(
      endpoint,
      missing.map((field) => `${flagOf(field, fields)}: it is needed, and was not given.`),
    )
}

const flagOf = (field: string, fields: Sugars): string => `--${fields[field]?.long ?? kebab(field)}`

const mismatch = (endpoint: Endpoint, lines: readonly string[]): CliError =>
  new CliError(`Input does not match ${endpoint.name}.`, {
    code: "INPUT_INVALID",
    lines,
    see: "docs/errors/INPUT_INVALID.md",
  })

// Programs read ids, and with `--fields` nothing but what was asked for.
const showsNames = ({ page }: Invocation): boolean => isForPeople(page) && page.fields.length === 0

function ending<S extends z.ZodType>(sugar: NetSugar<S>, body: Json, names: Names): Ending {
  const answer = readAnswer(sugar.output, body, sugar.endpoint.name)
  return {
    exit: sugar.exit?.(answer) ?? 0,
    shown: shownBody(body, (page) => sugar.text(answer, page, names)),
    hints: nextPage(body),
  }
}

function nextPage(body: Json): readonly string[] {
  const cursor = isObject(body) ? body["nextCursor"] : undefined
  return typeof cursor === "string" ? [`more: --cursor ${cursor}`] : []
}

const fieldsOfArguments = (positional: readonly Positional[], args: readonly string[]): JsonObject =>
  Object.fromEntries(
    positional.flatMap(({ field, many }, at) => {
      const typed = args[at]
      return typed === undefined || many === true ? [] : [[field, typed]]
    }),
  )

/** The fields with whole ids, for prefixes and names that were typed. Errors: ambiguous, not found. */
export async function withIds(
  { inputSchema }: Pick<Endpoint, "inputSchema">,
  fields: JsonObject,
  client: () => Client,
): Promise<JsonObject> {
  const properties = propertiesOf(inputSchema)
  const whole = Object.entries(fields).map(async ([field, value]): Promise<readonly [string, Json]> => {
    const takes = takesOf(properties[field] ?? {})
    return [
      field,
      takes === null || typeof value !== "string" ? value : await resolveId(takes, value, client),
    ]
  })
  return Object.fromEntries(await Promise.all(whole))
}
