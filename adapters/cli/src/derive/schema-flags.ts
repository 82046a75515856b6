// Makes flags from an input schema, and an input from flags, for every command that calls a contract.
// Owns: which JSON Schema becomes which flag. Does not own: checking the input, which its own schema does (read-input.ts).

import { type Json, type JsonSchema, isObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Flag } from "../command.ts"
import { durationMsOf, isoDuration } from "../duration.ts"
import { instantOf } from "../instant.ts"
import type { Flags } from "../flags.ts"
import { propertiesOf } from "../net/endpoint.ts"
import { readJsonFile } from "./read-file.ts"

/** The form of a field's value on the command line. */
type Taking =
  | { readonly kind: "switch" }
  | {
      readonly kind: "text" | "integer" | "instant" | "duration" | "json"
      readonly many: boolean
      readonly choices: readonly string[]
    }

/** How a command's flag differs from what the schema alone gives. */
interface FieldSugar {
  readonly long?: string
  readonly short?: string
  readonly help?: string
}
export type Sugars = { readonly [field: string]: FieldSugar }

/** The flags for the fields of a schema, in its order, without those in `elsewhere`. */
export function flagsOfSchema(
  schema: JsonSchema,
  elsewhere: readonly string[],
  sugars: Sugars,
): readonly Flag[] {
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : [])
  return Object.entries(propertiesOf(schema))
    .filter(([field]) => !elsewhere.includes(field))
    .map(([field, child]) => {
      const sugar = sugars[field] ?? {}
      const taking = takingOf(child)
      const help = sugar.help ?? `${words(field)}${required.has(field) ? " (required)" : ""}`
      const long = sugar.long ?? kebab(field)
      const short = sugar.short === undefined ? {} : { short: sugar.short }
      if (taking.kind === "switch") return { long, ...short, help }
      return {
        long,
        ...short,
        help,
        value: placeholder(taking.kind, field),
        ...(taking.many ? { many: true } : {}),
        ...(taking.choices.length === 0 ? {} : { choices: taking.choices }),
      }
    })
}

/** The fields of the given flags, as JSON. Errors: usage, for a value that its field does not accept. */
export function fieldsOfFlags(
  schema: JsonSchema,
  elsewhere: readonly string[],
  sugars: Sugars,
  flags: Flags,
  reading: { readonly now: number; readonly read: (path: string) => Uint8Array },
): { readonly [field: string]: Json } {
  return Object.fromEntries(
    Object.entries(propertiesOf(schema))
      .filter(([field]) => !elsewhere.includes(field))
      .flatMap(([field, child]): [string, Json][] => {
        const long = sugars[field]?.long ?? kebab(field)
        const taking = takingOf(child)
        if (taking.kind === "switch") return flags.on(long) ? [[field, true]] : []
        if (taking.many) {
          const values = flags.texts(long)
          return values.length === 0
            ? []
            : [[field, values.map((value) => valueOf(taking.kind, long, value, reading))]]
        }
        const value = flags.text(long)
        return value === undefined ? [] : [[field, valueOf(taking.kind, long, value, reading)]]
      }),
  )
}

/** `expectedVersion` as `expected-version`. */
export const kebab = (field: string): string =>
  field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

function takingOf(schema: JsonSchema): Taking {
  if (schema["type"] === "boolean") return { kind: "switch" }
  if (schema["type"] === "array" && isObject(schema["items"])) {
    const item = takingOf(schema["items"])
    return item.kind === "switch" || item.kind === "json"
      ? { kind: "json", many: false, choices: [] }
      : { ...item, many: true }
  }
  const choices = Array.isArray(schema["enum"])
    ? schema["enum"].filter((choice) => typeof choice === "string")
    : []
  return { kind: scalarKind(schema), many: false, choices }
}

function scalarKind(schema: JsonSchema): "text" | "integer" | "instant" | "duration" | "json" {
  if (schema["type"] === "integer" || schema["type"] === "number") return "integer"
  if (schema["type"] !== "string") return "json"
  const pattern = typeof schema["pattern"] === "string" ? schema["pattern"] : ""
  if (pattern.startsWith(String.raw`^\d{4}-\d\d-\d\dT`)) return "instant"
  return pattern.startsWith("^P(") ? "duration" : "text"
}

function valueOf(
  kind: "text" | "integer" | "instant" | "duration" | "json",
  long: string,
  typed: string,
  { now, read }: { readonly now: number; readonly read: (path: string) => Uint8Array },
): Json {
  switch (kind) {
    case "text":
      return typed
    case "integer":
      if (!/^-?\d{1,15}$/.test(typed)) throw wrong(long, "a whole number")
      return Number(typed)
    case "instant":
      return (
        instantOf(typed, now) ??
        fail(long, "a time such as 2026-12-21T00:00:00Z, or a duration from now such as 30d")
      )
    case "duration": {
      const ms = durationMsOf(typed)
      return ms === null ? fail(long, "a duration such as 10m") : isoDuration(ms)
    }
    case "json":
      // Parsed as the server parses a body, so that exactly what was written is sent.
      return typed.startsWith("@")
        ? readJsonFile({ read }, typed.slice(1))
        : readJsonFile({ read: () => new TextEncoder().encode(typed) }, `--${long}`)
  }
}

const placeholders = { text: "", integer: "N", instant: "TIME", duration: "DURATION", json: "JSON" } as const
const placeholder = (kind: keyof typeof placeholders, field: string): string =>
  placeholders[kind] || words(field).split(" ").at(-1)?.toUpperCase() || "VALUE"
const words = (field: string): string => kebab(field).replaceAll("-", " ")
const wrong = (long: string, what: string): CliError => new CliError(`--${long} takes ${what}.`, {})
function fail(long: string, what: string): never {
  throw wrong(long, what)
}
