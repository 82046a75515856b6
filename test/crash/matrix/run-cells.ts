// One run of the matrix: every cell brought to its point, the process killed there, started again, and what became of each.
// Owns: the three lives of a run and what a client does in them. Does not own: the points, the verdict on a cell (judge.ts).
// A cell meets one kill, at its own point; points of recovery need a death before them, and meet two.

import type { CrashPeople } from "../../support/crash-plane.ts"
import { until } from "../../support/until.ts"
import { clientOf, inTurns, type CellClient } from "./cell-client.ts"
import { startCellPlane, type CellPlane, type CellPlaneSettings } from "./cell-plane.ts"
import { cellName, isUndo, lifeOf, stopOf, type Cell, type Life } from "./cells.ts"

/** What a run needs: a database of its own or shared with earlier runs, whose people are known then. */
export interface CellRun {
  readonly name: string
  readonly cells: readonly Cell[]
  readonly settings: CellPlaneSettings
  readonly people: CrashPeople | null
}

/** A cell with its execution, when all lives are over but the last. */
export interface Ended {
  readonly cell: Cell
  readonly name: string
  readonly executionId: string
  /** Whether every submission under its key was answered with the same execution. */
  readonly oneExecution: boolean
}

/** A run that has reached its end; the control plane is still there to be asked. */
export interface EndedRun {
  readonly plane: CellPlane
  readonly people: CrashPeople
  readonly ended: readonly Ended[]
}

/** How long anything of a life may take: far more than it does. */
const lifeMs = 90_000

/** Runs three lives. */
export async function runCells(run: CellRun): Promise<EndedRun> {
  const first = await startCellPlane(run.settings, 1)
  const people = run.people ?? first.people
  if (people === null) throw new Error("this database has no principals")
  const client = clientOf(run.name, run.cells, people)
  await firstLife(run, client, first)
  await first.kill()
  const second = await startCellPlane(run.settings, 2)
  await secondLife(run, client, second)
  await second.kill()
  const third = await startCellPlane(run.settings, 3)
  await thirdLife(run, client, third)
  const ended = run.cells.map((cell) => {
    const name = cellName(run.name, cell)
    const ids = client.answers.get(name) ?? new Set()
    return { cell, name, executionId: [...ids][0] ?? "", oneExecution: ids.size === 1 }
  })
  return { plane: third, people, ended }
}

const early = ({ point }: Cell): boolean => point === "k01"
/** Cells whose attempts run against their deadline until the kill: they come last. */
const timed = (cell: Cell): boolean => {
  const stop = stopOf(cell.point, 1)
  return stop === "k09" || stop === "k10" || stop === "k11"
}
const cancelled = (cell: Cell, life: Life): boolean => isUndo(cell.point) && lifeOf(cell.point) === life

async function firstLife(run: CellRun, client: CellClient, plane: CellPlane): Promise<void> {
  const { cells } = run
  const late = (cell: Cell): boolean => early(cell) || timed(cell)
  const isAt = (chosen: readonly Cell[]) => chosen.every((cell) => plane.reached.has(client.name(cell)))
  const first = cells.filter((cell) => !late(cell))
  const startedNow = cells.filter(({ point }) => point === "k05")
  const own = cells.filter(({ point }) => lifeOf(point) === 1)
  const lastHeld = own.filter(({ point, hold }) => point === "k08" && hold === "held")
  const ahead = own.filter(
    (cell) => !late(cell) && !isUndo(cell.point) && cell.point !== "k04" && cell.point !== "k08",
  )
  const reviewed = (cell: Cell): boolean => cell.point !== "k06" && cell.point !== "k08"
  await patiently("first points", async () => {
    await inTurns(first, (cell) => client.submit(plane, cell))
    await inTurns(startedNow, (cell) => client.start(plane, cell))
    await client.approveAll(plane, (cell) => reviewed(cell) && !isUndo(cell.point))
    return isAt(ahead) && (await client.forwardDone(plane)) ? true : null
  })

  const attempts = cells.filter(timed)
  const undone = cells.filter((one) => cancelled(one, 1))
  const second = [...attempts, ...undone]
  await patiently("points of attempts", async () => {
    await inTurns(attempts, (cell) => client.submit(plane, cell))
    await inTurns(undone, (cell) => client.cancel(plane, cell))
    await client.approveAll(plane, reviewed)
    return isAt(second) ? true : null
  })

  const unwritten = own.filter(({ point, hold }) => point === "k01" || (point === "k08" && hold === "free"))
  await patiently("writes without a commit", async () => {
    await inTurns(cells.filter(early), (cell) => client.submit(plane, cell))
    await client.approveAll(plane, (cell) => cell.point !== "k06")
    return isAt(lastHeld) && unwritten.every((cell) => plane.gathered.has(client.name(cell))) ? true : null
  })
  plane.write()
  await until("open transactions", lifeMs, () => (isAt(unwritten) ? true : null))
}

async function secondLife(run: CellRun, client: CellClient, plane: CellPlane): Promise<void> {
  const { cells } = run
  const startedNow = cells.filter(({ point }) => point === "k04")
  const undone = cells.filter((one) => cancelled(one, 2))
  const own = cells.filter(({ point }) => lifeOf(point) === 2)
  const isAt = (cell: Cell): boolean => plane.reached.has(client.name(cell))
  const undos = own.filter(({ point }) => point === "u08")
  const written = undos.filter(({ hold }) => hold === "free")
  const others = cells.filter(({ point }) => lifeOf(point) === 1)
  await patiently("second points, and the end of all others", async () => {
    await inTurns(cells, (cell) => client.submit(plane, cell))
    await inTurns(startedNow, (cell) => client.start(plane, cell))
    await inTurns(undone, (cell) => client.cancel(plane, cell))
    // The server ends a transaction that stays open for long: those that are held before their commit come last.
    await client.approveAll(plane, ({ point }) => point !== "u08")
    for (const cell of own.filter(({ point }) => point === "k15r")) await client.resolve(plane, cell)
    const there =
      own.every((cell) => undos.includes(cell) || isAt(cell)) &&
      written.every((cell) => plane.gathered.has(client.name(cell)))
    return there && (await client.settled(plane, others)) ? true : null
  })
  await patiently("open consumptions", async () => {
    await client.approveAll(plane, () => true)
    return undos.every((cell) => written.includes(cell) || isAt(cell)) ? true : null
  })
  plane.write()
  await until("open transactions", lifeMs, () => (written.every(isAt) ? true : null))
}

async function thirdLife(run: CellRun, client: CellClient, plane: CellPlane): Promise<void> {
  await patiently("end of all", async () => {
    await inTurns(run.cells, (cell) => client.submit(plane, cell))
    await client.approveAll(plane, () => true)
    return (await client.settled(plane, run.cells)) ? true : null
  })
}

/** Repeats the look when it fails for now: a busy machine is not a fault. */
const patiently = (what: string, look: () => Promise<true | null>): Promise<true> =>
  until(what, lifeMs, () => look().catch(() => null))
