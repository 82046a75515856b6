// What other tools say about the corpus: an independent opinion on every change of a field.
// Owns: asking them, and putting answers side by side. Does not own: the corpus, nor why an answer differs (peers.test.ts).
// `alarm` is breaking or risky; `pass` is safe or nothing found; `cannot say` is an error of the tool.

import { AnyJson, jsonSchemaOf, type JsonObject } from "@counterfoil/contracts"
import { compareValues, rules } from "@counterfoil/contracts/drift"
import { apiDiff } from "api-smart-diff"
import setDiffs from "json-schema-diff"
import { z } from "zod"
import type { FieldCase } from "./corpus/fields.ts"

/** Another tool. */
export type Peer = "json-schema-diff" | "api-smart-diff"
/** An answer that all can give. */
export type Answer = "alarm" | "pass" | "cannot say"

/** What everybody says about one case in one direction. */
export interface Opinion {
  readonly says: string
  readonly part: "input" | "output"
  readonly ours: Answer
  readonly theirs: Readonly<Record<Peer, Answer>>
}

/** All opinions on one case. */
export async function opinionsOn({ says, before, after }: FieldCase): Promise<readonly Opinion[]> {
  const parts = ["input", "output"] as const
  return await Promise.all(
    parts.map(async (part) => {
      const [old, now] = [jsonSchemaOf(before, part), jsonSchemaOf(after, part)]
      const schemas = { old, now }
      return {
        says,
        part,
        ours: ourAnswer(part, old, now),
        theirs: {
          "json-schema-diff": await setDiff(part, schemas),
          "api-smart-diff": openApiDiff(part, schemas),
        },
      }
    }),
  )
}

interface Schemas {
  readonly old: JsonObject
  readonly now: JsonObject
}

function ourAnswer(part: "input" | "output", old: JsonObject, now: JsonObject): Answer {
  const classes = compareValues(part, old, now).changes.map(({ rule, form }) => {
    const known: Readonly<Record<string, string>> = rules[rule].classes
    return known[form]
  })
  return classes.some((one) => one === "breaking" || one === "risky") ? "alarm" : "pass"
}

// It answers which values came and which went: for an input those that went matter, for an output those that came.
async function setDiff(part: "input" | "output", { old, now }: Schemas): Promise<Answer> {
  try {
    const found = await setDiffs.diffSchemas({ sourceSchema: draft7(old), destinationSchema: draft7(now) })
    return (part === "input" ? found.removalsFound : found.additionsFound) ? "alarm" : "pass"
  } catch {
    return "cannot say"
  }
}

// It reads drafts up to 7, where definitions have another name.
const draft7 = (schema: JsonObject): JsonObject => {
  const { $defs, ...rest } = schema
  const named = $defs === undefined ? rest : { ...rest, definitions: $defs }
  return z
    .record(z.string(), AnyJson)
    .parse(JSON.parse(JSON.stringify(named).replaceAll("#/$defs/", "#/definitions/")))
}

function openApiDiff(part: "input" | "output", { old, now }: Schemas): Answer {
  try {
    const found = apiDiff(documentOf(part, old), documentOf(part, now))
    return found.some(({ type }) => type === "breaking") ? "alarm" : "pass"
  } catch {
    return "cannot say"
  }
}

function documentOf(part: "input" | "output", schema: JsonObject): object {
  const content = { "application/json": { schema } }
  const operation = {
    ...(part === "input" ? { requestBody: { required: true, content } } : {}),
    responses: { 200: { description: "done", ...(part === "output" ? { content } : {}) } },
  }
  return { openapi: "3.1.0", info: { title: "one", version: "1" }, paths: { "/one": { post: operation } } }
}
