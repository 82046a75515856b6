// Sentences with places in braces, and what may stand in the places.
// Owns: rendering. Does not own: which sentence belongs to which code (errors.ts, failures.ts).
// Keeps INV-13: a place takes an id, an enum, a limit or a pointer, whose schemas bound it; never text from outside.

import type { z } from "zod"

/** Who has to act: change the request, send it again later, a person with access, or us. */
export type Actor = "caller" | "retry" | "operator" | "bug"

/** The schema of what a code says beyond its name. Its fields are the places of the template. */
export type DetailsSchema = z.ZodObject<
  Readonly<Record<string, z.ZodType<string | number | readonly string[]>>>
>

/** The values for the places of a template. */
type Details = Readonly<Record<string, string | number | readonly string[]>>

/** The sentence with its places filled; a list reads "a or b". A place without a value stays as it is. */
export function renderTemplate(template: string, details: Details): string {
  return template.replaceAll(/\{(\w+)\}/g, (place, name: string) => {
    const value = details[name]
    if (value === undefined) return place
    return typeof value === "object" ? value.join(" or ") : String(value)
  })
}

/** The names of the places in a template, in order. */
export const placesOf = (template: string): readonly string[] =>
  [...template.matchAll(/\{(\w+)\}/g)].flatMap((match) => match[1] ?? [])
