// The table as lint rules, so that an editor shows a forbidden import while it is typed.
// Owns: the `overrides` of .oxlintrc.json that restrict imports. Does not own: the other rules there.
// The import graph is the strict check; lint sees names only, and this is its early warning.

import { z } from "zod"
import { namesOf } from "./import-graph.ts"
import { covers, mayImport, refusedModules, rooms, type Room } from "./may-import.ts"

const configShape = z.looseObject({ overrides: z.array(z.looseObject({ files: z.array(z.string()) })) })

const restricted = rooms.filter((room) => room !== "test")
const libraries = [...new Set(restricted.flatMap((room) => mayImport[room] as readonly string[]))].filter(
  (name) => !(rooms as readonly string[]).includes(name),
)

/** The text of .oxlintrc.json with its import restrictions made anew; every other setting stays as it is. */
export function withImportRules(configText: string): string {
  const config = configShape.parse(JSON.parse(configText))
  const others = config.overrides.filter((override) => !("no-restricted-imports" in rulesOf(override)))
  const overrides = [...others, ...restricted.map(overrideOf)]
  return `${JSON.stringify({ ...config, overrides }, null, 2)}\n`
}

function rulesOf(override: Readonly<Record<string, unknown>>): object {
  return typeof override["rules"] === "object" && override["rules"] !== null ? override["rules"] : {}
}

function overrideOf(room: Room): { readonly files: string[] } & Readonly<Record<string, unknown>> {
  const paths = Object.entries(refusedModules).map(([name, message]) => ({ name, message }))
  const message = `${room} may import ${mayImport[room].join(", ")}.`
  return {
    files: [`${room}/src/**`],
    excludeFiles: ["**/*.test.ts"],
    rules: { "no-restricted-imports": ["error", { paths, patterns: [{ group: refusedBy(room), message }] }] },
  }
}

/** What a room may not import, as patterns; `!` takes back what its row allows of a wider refusal. */
function refusedBy(room: Room): readonly string[] {
  const row: readonly string[] = mayImport[room]
  const otherRooms = rooms.filter((other) => other !== room && !covers(row, other)).flatMap(namesOf)
  const otherLibraries = libraries.filter((name) => !covers(row, name))
  const refused = otherLibraries.flatMap((name) => (name.includes("*") ? [name] : [name, `${name}/*`]))
  const takenBack = row.filter((name) => covers(otherLibraries, name)).map((name) => `!${name}`)
  return [...otherRooms, ...refused, ...takenBack]
}
