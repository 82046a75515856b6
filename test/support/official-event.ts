// An event as the official SDK of CloudEvents reads it, and the document that its `dataschema` names.
// Owns: nothing but asking others: the SDK throws on what the specification does not allow, ajv judges the data.

import { Ajv2020 } from "ajv/dist/2020.js"
import { CloudEvent, HTTP } from "cloudevents"
import { z } from "zod"
import type { JsonObject } from "@counterfoil/contracts"

const Document = z.looseObject({
  $id: z.url(),
  "x-contract": z.object({ ref: z.string(), version: z.string() }),
})

/** Reads one event in structured JSON. Throws what the SDK throws. */
export function readOfficially(contentType: string, body: string): CloudEvent<unknown> {
  const event = HTTP.toEvent<unknown>({ headers: { "content-type": contentType }, body })
  if (!(event instanceof CloudEvent)) throw new Error("the SDK read no single event")
  event.validate()
  return event
}

/** What is wrong with an event's data by the document of its contract; empty when nothing is. */
export function dataFaults(
  { data }: Pick<CloudEvent<unknown>, "data">,
  document: JsonObject,
): readonly string[] {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  ajv.addVocabulary(["x-marks", "x-unit", "x-contract"])
  const accepts = ajv.compile(document)
  return accepts(data)
    ? []
    : (accepts.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** Fetches the document that an event names, with a token; expects it under that address and for that type. */
export async function fetchDocument(event: CloudEvent<unknown>, token: string): Promise<JsonObject> {
  const address = event.dataschema ?? ""
  // Fetched as a consumer would: the address is all that it knows.
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
  const document = Document.parse(await response.json())
  if (document.$id !== address || document["x-contract"].ref.split("@", 1)[0] !== event.type)
    throw new Error(`${address} is not the document of ${event.type}`)
  return document as JsonObject
}
