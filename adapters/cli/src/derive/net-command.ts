// Makes a command from an endpoint of the server: flags, help and JSON shape come from its schema; each command adds little.
// Owns: the mechanism of every command that calls the server. Does not own: the contracts, nor the words of an answer (print/).
// Keeps INV-12: the request contains what the person wrote; this file adds no principal, tier or approval.

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

/** What a command adds to its schema. */
export interface NetSugar<S extends z.ZodType> {
  readonly endpoint: Endpoint
  /** The schema of the server's answer. */
  readonly output: S
  text(answer: Immutable<z.output<S>>, page: Page, names: Names): string
  /** True when the text shows principals by their names. */
  readonly named?: boolean
  readonly examples: readonly string[]
  readonly arguments?: readonly Positional[]
  /** The exit codes in the help, where they differ from the usual ones. */
  readonly exits?: readonly ExitCode[]
  readonly fields?: Sugars
  /** Fields that this command fills by itself, which therefore have no flag. */
  readonly fills?: readonly string[]
  /** Fields that this command fills when their flag is not given. */
  readonly defaults?: readonly string[]
  /** Flags that do not belong to a field. */
  readonly flags?: readonly Flag[]
  /** Runs instead of a single call, for a command that needs several; returns null to make the single call. */
  instead?(input: JsonObject, invocation: Invocation): Promise<Ending> | null
  /** Completes the input of the arguments and flags. */
  complete?(input: JsonObject, invocation: Invocation): JsonObject | Promise<JsonObject>
  /** The exit code of an answer; 0 without this function. */
  exit?(answer: Immutable<z.output<S>>): ExitCode
}

/** How long a command that acts through the gate waits for its end before it reports "still at work". */
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
      // Before any request to the server or question to the person.
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

/** Calls an endpoint; a keyed one gets the key of the flag, or a new one that is printed before anything is sent. */
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

/** The input, parsed by the contract's schema. Errors: usage, naming each invalid flag or argument. */
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

/** Errors: usage, naming each required flag that was not given. `later` are the fields that are filled elsewhere. */
function refuseMissing(endpoint: Endpoint, said: JsonObject, later: readonly string[], fields: Sugars): void {
  const { required } = endpoint.inputSchema
  const missing = (Array.isArray(required) ? required : []).filter(
    (field): field is string => typeof field === "string" && !(field in said) && !later.includes(field),
  )
  if (missing.length > 0)
    throw mismatch(
      endpoint,
      missing.map((field) => `${flagOf(field, fields)}: it is required, and was not given.`),
    )
}

const flagOf = (field: string, fields: Sugars): string => `--${fields[field]?.long ?? kebab(field)}`

const mismatch = (endpoint: Endpoint, lines: readonly string[]): CliError =>
  new CliError(`Input does not match ${endpoint.name}.`, {
    code: "INPUT_INVALID",
    lines,
    see: "docs/errors/INPUT_INVALID.md",
  })

// Programs read ids, and with `--fields` only the requested fields.
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

/** The fields with typed prefixes and names replaced by whole ids. Errors: ambiguous, not found. */
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
