// The import graph against the table: what may not be imported, reached past or come round in a circle.
// Owns: the six checks of the graph. Does not own: the table (may-import.ts) or the graph (import-graph.ts).

import { placeOf, sourceCheck, type Breach, type Check } from "./check.ts"
import { importsOf, type Import } from "./import-graph.ts"
import {
  confined,
  covers,
  mayImport,
  refusedModules,
  roomOf,
  testMayImport,
  type Room,
} from "./may-import.ts"
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
    source.room === undefined ? [{ at: source.path, message: "is in no folder of the table" }] : [],
)

const followsTheTable = sourceCheck("imports follow the table", hasRoom, (source) =>
  importsOf(source).flatMap((each) => problem(each, againstTable(each))),
)

const entersByName = sourceCheck("packages are entered by name", hasRoom, (source) =>
  importsOf(source).flatMap((each) => problem(each, pastEntry(each))),
)

/** Inside a package too, arrows point one way: its folders, and the files beside them, have no circle among each other. */
const oneWay: Check = {
  name: "folders of a package have no cycle",
  look: (tree) => {
    const sources = tree.sources.filter(
      ({ room, isTest }) => room !== undefined && room !== "test" && !isTest,
    )
    return { seen: sources.length, breaches: folderCyclesOf(sources) }
  },
}

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
  oneWay,
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
    return room === "test" || covers(mayImport[room], "node:module")
      ? undefined
      : "cannot be checked: name the module as text"
  if (target.kind === "library") return libraryProblem(from, room, target.name, target.module)
  const to = target.kind === "closed" ? undefined : roomOf(target.path)
  if (to === undefined || to === room || (from.isTest && isTestSupport(target))) return undefined
  if (room !== "test" && target.kind !== "closed" && isTestSupport(target)) return "is for tests alone"
  return covers(mayImport[room], to) && (to !== "test" || room === "test")
    ? undefined
    : `leads to ${to}, and ${room} may import ${mayImport[room].join(", ")}`
}

/** Whether a target is what tests of one package share with those of others. */
const isTestSupport = (target: Import["target"]): boolean =>
  target.kind === "entry" && target.path.endsWith("/test/index.ts")

function libraryProblem(from: Source, room: Room, name: string, module: string): string | undefined {
  const instead = refusedModules[module]
  if (instead !== undefined) return `is refused: ${instead}`
  if (from.isTest && covers(testMayImport, name)) return undefined
  if (!covers(mayImport[room], name))
    return `is not allowed: ${room} may import ${mayImport[room].join(", ")}`
  const place = confined[room]?.[name]
  return place === undefined || from.path.startsWith(place) ? undefined : `is confined to ${place}`
}

function pastEntry({ from, target }: Import): string | undefined {
  if (target.kind === "closed") return `is not opened by the exports map of ${target.packageName}`
  const to = target.kind === "file" ? roomOf(target.path) : undefined
  const left = target.kind === "file" && to !== from.room
  return left ? "reaches past the entry of a package: import it by its name" : undefined
}

function cyclesOf(tree: SourceTree): readonly Breach[] {
  const next = new Map(tree.sources.map((source) => [source.path, localTargets(source)]))
  return circlesIn(next).map((circle) => ({
    at: circle[0] ?? "",
    message: `${circle.join(" → ")}: move what both need`,
  }))
}

/** The circles among the folders of each package; the message names one import of each arrow. */
function folderCyclesOf(sources: readonly Source[]): readonly Breach[] {
  const inside = new Set(sources.map(({ path }) => path))
  const next = new Map<string, string[]>()
  const because = new Map<string, string>()
  for (const source of sources) {
    // The index file of a package or a folder exports what is below it.
    if (source.path.endsWith("/index.ts")) continue
    for (const { target } of importsOf(source)) {
      if (target.kind !== "file" || !inside.has(target.path) || roomOf(target.path) !== source.room) continue
      const [from, to] = [partOf(source.path), partOf(target.path)]
      if (from === to) continue
      next.set(from, [...(next.get(from) ?? []), to])
      because.set(`${from} ${to}`, `${source.path} imports ${target.path}`)
    }
  }
  return circlesIn(next).map((circle) => ({
    at: circle[0] ?? "",
    message: circle
      .slice(1)
      .map((to, at) => because.get(`${circle[at] ?? ""} ${to}`) ?? "")
      .join("; "),
  }))
}

/** The folder of a package that contains a file, such as `store/src/postgres`; the file itself beside those folders. */
function partOf(path: string): string {
  const room = roomOf(path) ?? ""
  const [src = "", first = ""] = path.slice(room.length + 1).split("/")
  return `${room}/${src}/${first}`
}

/** The circles of a graph, each as a path that ends where it begins. */
function circlesIn(next: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>()
  const circles: (readonly string[])[] = []
  const visit = (node: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(node)
    if (seenAt >= 0) circles.push([...trail.slice(seenAt), node])
    if (seenAt >= 0 || done.has(node)) return
    for (const to of next.get(node) ?? []) visit(to, [...trail, node])
    done.add(node)
  }
  for (const node of next.keys()) visit(node, [])
  return circles
}

function localTargets(source: Source): readonly string[] {
  return importsOf(source).flatMap(({ target }) =>
    target.kind === "file" || target.kind === "entry" ? [target.path] : [],
  )
}
