// The house as text: the picture of what may be imported, and the list of what is.
// Owns: the mermaid drawing between the markers of docs/ARCHITECTURE.md, and docs/architecture-graph.txt.
// Does not own: writing them (the golden tests do, on `npm run golden -- --update`).

import { posix } from "node:path"
import { importsOf, type Import } from "./import-graph.ts"
import { covers, mayImport, pureRooms, roomOf, rooms, type Room } from "./may-import.ts"
import type { Source, SourceTree } from "./source-tree.ts"

const markers = { start: "<!-- layering: made from the table -->", end: "<!-- /layering -->" }

/** The table as a mermaid flowchart: an arrow points at what may be imported. Pure rooms are rounded. */
function layeringPicture(): string {
  const nodes = rooms.map(
    (room) => `  ${idOf(room)}${pureRooms.includes(room) ? `(["${room}"])` : `["${room}"]`}`,
  )
  const arrows = rooms
    .filter((room) => room !== "test")
    .flatMap((room) => rooms.filter((to) => allows(room, to)).map((to) => `  ${idOf(room)} --> ${idOf(to)}`))
  return ["```mermaid", "flowchart BT", ...nodes, ...arrows, "  test --> adapters-cli", "```"].join("\n")
}

/** A document with the picture between its markers made anew. A document without markers is a bug of the check. */
export function withPicture(document: string): string {
  const start = document.indexOf(markers.start)
  const end = document.indexOf(markers.end)
  if (start < 0 || end < start) throw new Error("docs/ARCHITECTURE.md has lost the markers of the picture")
  return `${document.slice(0, start)}${markers.start}\n\n${layeringPicture()}\n\n${document.slice(end)}`
}

/**
 * What is imported today from outside the own package, a line for each folder and what it leans on, ascending; tests
 * beside the code left out.
 * A reviewer reads a structural change as a changed line here.
 */
export function graphText(tree: SourceTree): string {
  const edges = tree.sources.filter(isShown).flatMap((source) => importsOf(source).flatMap(edgesOf))
  const sorted = [...new Set(edges)].toSorted()
  return `${["# folder -> what it imports from outside its package. Made by `npm run golden -- --update`.", ...sorted].join("\n")}\n`
}

function isShown(source: Source): boolean {
  return source.room !== undefined && source.room !== "test" && !source.isTest
}

function edgesOf({ from, target }: Import): readonly string[] {
  if (target.kind === "computed" || target.kind === "closed") return []
  const [here, there] = [folderOf(from.path), target.kind === "library" ? target.name : folderOf(target.path)]
  return target.kind !== "library" && roomOf(target.path) === from.room ? [] : [`${here} -> ${there}`]
}

function folderOf(path: string): string {
  const room = roomOf(path)
  const [, ...inside] = posix
    .dirname(path)
    .slice((room ?? "").length + 1)
    .split("/")
  return room === undefined ? path : [room, ...inside.slice(0, 1)].join("/")
}

function allows(room: Room, to: Room): boolean {
  return covers(mayImport[room], to)
}

function idOf(room: Room): string {
  return room.replace("/", "-")
}
