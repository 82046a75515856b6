// Characters sorted into groups that no part of some expressions tells apart, so that an automaton has few letters.
// Owns: where one group ends and the next begins. Does not own: reading expressions (pattern-tree.ts).
// A part is asked about one character of each stretch, by the engine's own meaning of it; only the borders of stretches are
// read off how it is written, and a border too many does no harm.

import type { PatternNode } from "./pattern-tree.ts"

/** A part of an expression that takes one character. */
export type OneNode = Extract<PatternNode, { readonly kind: "one" }>

/** A group of characters: one of them, and how many UTF-16 units each of them has. */
export interface Letter {
  readonly sample: number
  readonly width: 1 | 2
}

/** The first character that takes two UTF-16 units. */
export const firstWide = 0x10000
const beyondLast = 0x110000
/** Up to here every character is a stretch of its own: ASCII, Latin-1 and all that an escape such as `\n` or `\cA` means. */
const plainMax = 0x180
/** Where white space, and line ends for a dot, lie beyond those. */
const spaces = [0x1680, 0x2000, 0x200b, 0x2028, 0x202a, 0x202f, 0x2030, 0x205f, 0x2060, 0x3000, 0xfeff]
/** The most groups that are distinguished: an expression that needs more is left undecided. */
const lettersMax = 400
/** Properties such as `\p{L}` are asked of every character there is, so only a few expressions with them are read. */
const scansMax = 4

/** The groups of characters that these parts do not tell apart; null when there would be too many of them. */
export function lettersOf(nodes: readonly OneNode[]): readonly Letter[] | null {
  const parts = [...new Map(nodes.map((node) => [node.source, node])).values()]
  if (parts.filter(({ source }) => scans(source)).length > scansMax) return null
  const edges = new Set<number>([firstWide, afterHalves])
  for (let at = 0; at <= plainMax; at += 1) edges.add(at)
  for (const at of [...spaces.flatMap((one) => [one, one + 1]), ...parts.flatMap(edgesOf)]) edges.add(at)
  const letters = new Map<string, Letter>()
  for (const sample of [...edges].toSorted((a, b) => a - b)) {
    // Half a character is in no text that is well formed.
    if (sample >= beyondLast || isHalf(sample)) continue
    const width = sample >= firstWide ? 2 : 1
    // A border between words is between characters that differ here, whether or not a part says so.
    const word = /^\w$/.test(String.fromCodePoint(sample))
    const key = `${width}${String(word)}${parts.map((part) => (part.takes(sample) ? 1 : 0)).join("")}`
    if (!letters.has(key)) letters.set(key, { sample, width })
    if (letters.size > lettersMax) return null
  }
  // A text that is shown to a person has letters and digits where it can.
  return [...letters.values()].toSorted((a, b) => shownFirst(a) - shownFirst(b))
}

const shownFirst = ({ sample }: Letter): number => (sample >= 0x30 && sample <= 0x7a ? 0 : 1)

/** True for half of a character that takes two UTF-16 units. */
export const isHalf = (character: number): boolean => character >= 0xd800 && character < afterHalves
const afterHalves = 0xe000

const scans = (source: string): boolean => /\\[pP]\{/.test(source)

function edgesOf(node: OneNode): readonly number[] {
  return scans(node.source)
    ? scannedEdges(node)
    : writtenCharacters(node.source).flatMap((at) => [at, at + 1])
}

function scannedEdges(node: OneNode): readonly number[] {
  const known = scanned.get(node.source)
  if (known !== undefined) return known
  const edges: number[] = []
  let before = false
  for (let at = 0; at < beyondLast; at += 1) {
    const takes = node.takes(at)
    if (takes !== before) edges.push(at)
    before = takes
  }
  if (scanned.size >= scannedMax) scanned.clear()
  scanned.set(node.source, edges)
  return edges
}

/** What was scanned before: a scan takes half a second. */
const scanned = new Map<string, readonly number[]>()
const scannedMax = 16

const written =
  /\\u\{([0-9A-Fa-f]+)\}|\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|([^])/gu

/** Every character that a part of an expression names. What else an escape means lies below `plainMax` or in `spaces`. */
export function writtenCharacters(source: string): readonly number[] {
  return [...source.matchAll(written)].map(([, braced, high, low, four, two, plain]) => {
    if (high !== undefined && low !== undefined)
      return String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)).codePointAt(0) ?? 0
    const hex = braced ?? four ?? two
    return hex === undefined ? (plain?.codePointAt(0) ?? 0) : Number.parseInt(hex, 16)
  })
}
