// The import graph against the table: what may not be imported, reached past or come round in a circle.
// Owns: the five checks of the graph. Does not own: the table (may-import.ts) or the graph (import-graph.ts).

import { placeOf, sourceCheck, type Breach, type Check } from "./check.ts"
import { importsOf, type Import } from "./import-graph.ts"
import {
  confined,
  covers,
  everything,
  mayImport,
  packageOf,
  refusedModules,
  roomOf,
  testMayImport,
} from "./may-import.ts"
import type { Room } from "./may-import.ts"
import type { Source, SourceTree } from "./source-tree.ts"

const parses = sourceCheck(
  "every source parses",
  () => true,
  (source) => source.parseErrors.map((message) => ({ at: source.path, message })),
)

const everySourceHasARoom = sourceCheck(
  "every source has a room",
  (source) => source.path.includes("/"),
  (source) =>
    source.room === undefined ? [{ at: source.path, message: "stands in no folder of the table" }] : [],
)

const followsTheTable = sourceCheck("imports follow the table", hasRoom, (source) =>
  importsOf(source).flatMap((each) => problem(each, againstTable(each))),
)

const entersByName = sourceCheck("packages are entered by name", hasRoom, (source) =>
  importsOf(source).flatMap((each) => problem(each, pastEntry(each))),
)

const noCycle: Check = {
  name: "imports have no cycle",
  look: (tree) => ({ seen: tree.sources.length, breaches: cyclesOf(tree) }),
}

/** Every check of the import graph, type-only imports included. */
export const layeringChecks: readonly Check[] = [
  parses,
  everySourceHasARoom,
  followsTheTable,
  entersByName,
  noCycle,
]

function hasRoom(source: Source): boolean {
  return source.room !== undefined
}

function problem(each: Import, message: string | undefined): readonly Breach[] {
  return message === undefined
    ? []
    : [{ at: placeOf(each.from, each.offset), message: `"${each.specifier}" ${message}` }]
}

function againstTable({ from, target }: Import): string | undefined {
  const room = from.room
  if (room === undefined) return undefined
  if (target.kind === "computed")
    return mayAll(room) ? undefined : "cannot be checked: name the module as text"
  if (target.kind === "library") return libraryProblem(from, room, target.name, target.module)
  const to = target.kind === "closed" ? undefined : roomOf(target.path)
  if (to === undefined || to === room) return undefined
  const allowed = mayAll(room) ? to !== "test" || room === "test" : covers(mayImport[room], to)
  return allowed ? undefined : `leads to ${to}, and ${room} may import ${rowText(room)}`
}

function libraryProblem(from: Source, room: Room, name: string, module: string): string | undefined {
  const instead = refusedModules[module]
  if (instead !== undefined) return `is refused: ${instead}`
  if (from.isTest && covers(testMayImport, name)) return undefined
  if (!mayAll(room) && !covers(mayImport[room], name))
    return `is not allowed: ${room} may import ${rowText(room)}`
  const place = confined[room]?.[name]
  return place === undefined || from.path.startsWith(place) ? undefined : `is confined to ${place}`
}

function pastEntry({ from, target }: Import): string | undefined {
  if (target.kind === "closed") return `is not opened by the exports map of ${target.packageName}`
  const own = from.room === undefined ? undefined : packageOf(from.room)
  const to = target.kind === "file" ? roomOf(target.path) : undefined
  const left = target.kind === "file" && (to === undefined || packageOf(to) !== own)
  return left ? "reaches past the entry of a package: import it by its name" : undefined
}

function mayAll(room: Room): boolean {
  return covers(mayImport[room], everything)
}

function rowText(room: Room): string {
  return mayAll(room) ? "everything but test" : mayImport[room].join(", ")
}

function cyclesOf(tree: SourceTree): readonly Breach[] {
  const next = new Map(tree.sources.map((source) => [source.path, localTargets(source)]))
  const done = new Set<string>()
  const cycles: Breach[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path)
    if (seenAt >= 0)
      cycles.push({ at: path, message: `${[...trail.slice(seenAt), path].join(" → ")}: move what both need` })
    if (seenAt >= 0 || done.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const source of tree.sources) visit(source.path, [])
  return cycles
}

function localTargets(source: Source): readonly string[] {
  return importsOf(source).flatMap(({ target }) =>
    target.kind === "file" || target.kind === "entry" ? [target.path] : [],
  )
}
