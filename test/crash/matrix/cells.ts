// The crash matrix as data: the points, the classes, which pairs there are, and what must have become of each.
// Owns: the table. Does not own: how a point is reached, nor how it is judged.
// Keeps INV-03 in view: what may have happened is run again, probed or in doubt, as its class says.

/** Effect classes; `brief` is `keyed` whose provider forgets keys after a second, so that its window has always passed. */
export const cellClasses = ["pure", "read", "natural", "keyed", "brief", "probeable", "unsafe"] as const
export type CellClass = (typeof cellClasses)[number]

/** Classes whose contract can be the undo of another one. */
export const undoClasses = ["natural", "keyed", "brief", "probeable"] as const satisfies readonly CellClass[]

/** Whether a person has to approve the step that acts. */
export const holds = ["free", "held"] as const
export type Hold = (typeof holds)[number]

/** Every point, in the order of a step's life, with what is true when the process dies there. */
export const crashPoints = {
  k01: "inbox row and first entries written, not committed",
  k02: "committed, the caller not answered",
  k03: "answered, nothing called",
  k04: "plan and preview verdicts committed, not started",
  k05: "lease claimed, fence raised",
  k06: "verdict and approval request committed",
  k07: "review committed, the reviewer not answered",
  k08: "consumption and start written, not committed",
  k09: "start committed, before the first byte leaves",
  k10: "effect done, the handler has not returned",
  k11: "the handler returned, its outcome not written",
  k12: "outcome committed, not relayed",
  k14s: "recovery's probe sent",
  k14a: "recovery's probe answered, nothing written",
  k15d: "in doubt committed",
  k15r: "resolution committed, the person not answered",
  k16c: "cancel with undo committed, nothing undone",
  u08: "start of the undo written, not committed",
  u09: "start of the undo committed, before the first byte leaves",
  u10: "undo done, the handler has not returned",
  u11: "the handler of the undo returned, its outcome not written",
  u12: "outcome of the undo committed",
} as const
export type CrashPoint = keyof typeof crashPoints

/** What the ledger and the trace must say afterwards. `callsMax` counts the class's own contract. */
export interface Expected {
  readonly step: "completed" | "inDoubt"
  readonly effects: 0 | 1
  readonly callsMax: number
  readonly probes: "none" | "some"
}

/** One pair of a point and a class, with or without a hold. */
export interface Cell {
  readonly point: CrashPoint
  readonly class: CellClass
  readonly hold: Hold
  readonly expected: Expected
}

const done: Expected = { step: "completed", effects: 1, callsMax: 1, probes: "none" }
/** What may be repeated is, with one effect: mostly once, and again where a busy machine lets a lease or a deadline pass. */
const again: Expected = { ...done, callsMax: 5 }
const probed: Expected = { ...done, probes: "some" }
const doubt = (effects: 0 | 1): Expected => ({ step: "inDoubt", effects, callsMax: 1, probes: "none" })

/** What becomes of a lost attempt that had no effect yet, or had one. */
function lost(name: CellClass, effects: 0 | 1): Expected {
  switch (name) {
    case "pure":
    case "read":
    case "natural":
    case "keyed":
      return again
    case "probeable":
      return probed
    case "brief":
    case "unsafe":
      return doubt(effects)
  }
}

/** What a kill at a point must lead to; null where the class does not have the point. */
function expectedAt(point: CrashPoint, name: CellClass, hold: Hold): Expected | null {
  const undoes = undoClasses.some((one) => one === name)
  switch (point) {
    case "k06":
    case "k07":
      // Without a hold the verdict is in the same append as the start: that commit is K08's.
      return hold === "held" ? done : null
    case "k01":
    case "k02":
    case "k03":
    case "k04":
    case "k05":
    case "k08":
    case "k12":
      return done
    case "k09":
      return lost(name, 0)
    case "k10":
    case "k11":
      return lost(name, 1)
    case "k14s":
    case "k14a":
      return name === "probeable" ? probed : null
    case "k15d":
      return name === "brief" || name === "unsafe" ? doubt(1) : null
    case "k15r":
      return name === "brief" || name === "unsafe" ? done : null
    case "k16c":
    case "u08":
    case "u12":
      return undoes ? done : null
    case "u09":
      return undoes ? lost(name, 0) : null
    case "u10":
    case "u11":
      return undoes ? lost(name, 1) : null
  }
}

/** Every cell there is. */
export const allCells: readonly Cell[] = keysOf(crashPoints).flatMap((point) =>
  cellClasses.flatMap((name) =>
    holds.flatMap((hold) => {
      const expected = expectedAt(point, name, hold)
      return expected === null ? [] : [{ point, class: name, hold, expected }]
    }),
  ),
)

/** Each life of the control plane ends with a kill, but for the last one. */
export type Life = 1 | 2 | 3

/** Points of recovery: where such an execution dies first, so that there is something to recover from. */
const diesBefore: Partial<Readonly<Record<CrashPoint, CrashPoint>>> = {
  k14s: "k10",
  k14a: "k09",
  k15d: "k10",
  k15r: "k10",
}

/** Where an execution of this point stops in this life; null where it runs on. */
export function stopOf(point: CrashPoint, life: Life): CrashPoint | null {
  if (life === lifeOf(point)) return point
  return life === 1 ? (diesBefore[point] ?? null) : null
}

/** The life in which an execution of this point meets its own kill. */
export const lifeOf = (point: CrashPoint): Life =>
  // Held consumptions keep a connection each until the kill: those of undos have theirs in a life of their own.
  point in diesBefore || point === "u08" ? 2 : 1

/** Whether this point is about undoing. */
export const isUndo = (point: CrashPoint): boolean => point === "k16c" || point.startsWith("u")

/** The name of a cell in a run: the key of its submission, its label, and what its lines in the ledger say. */
export const cellName = (run: string, { point, class: name, hold }: Cell): string =>
  `${run}.${point}.${name}.${hold}`

/** The point that a name says; null for anything else. */
export function pointOf(name: string): CrashPoint | null {
  const said = name.split(".")[1]
  return keysOf(crashPoints).find((point) => point === said) ?? null
}

/** The cell among the labels of an execution; empty when it does not belong to a cell. */
export const labelledCell = (labels: readonly string[]): string =>
  labels.find((label) => pointOf(label) !== null) ?? ""

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(record) as K[]
}
