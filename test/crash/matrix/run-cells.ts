// One run of the matrix: every cell brought to its point, the process killed there, started again, and what became of each.
// Owns: the three lives of a run and what a client does in them. Does not own: the points, the verdict on a cell (judge.ts).
// A cell meets one kill, at its own point; points of recovery need a death before them, and meet two.

import { call, must } from "@counterfoil/adapters"
import type { Json, Submitted } from "@counterfoil/contracts"
import { approve, draftOf, openRequests, readExecution, type DraftStep } from "../../support/asking.ts"
import type { CrashPeople } from "../../support/crash-plane.ts"
import { headStart, until } from "../../support/until.ts"
import { actRef, forwardRef } from "./cell-handlers.ts"
import { cellName, isUndo, lifeOf, stopOf, undoClasses, type Cell, type Life } from "./cells.ts"
import { startCellPlane, type CellPlane, type CellPlaneSettings } from "./cell-plane.ts"

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
  if (people === null) throw new Error("nobody is known in this database")
  const client = clientOf(run, people)
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

async function firstLife(run: CellRun, client: Client, plane: CellPlane): Promise<void> {
  const { cells } = run
  const late = (cell: Cell): boolean => early(cell) || timed(cell)
  const isAt = (chosen: readonly Cell[]) => chosen.every((cell) => plane.reached.has(client.name(cell)))
  await inTurns(
    cells.filter((one) => !late(one)),
    (cell) => client.submit(plane, cell),
  )
  await inTurns(
    cells.filter(({ point }) => point === "k05"),
    (cell) => client.start(plane, cell),
  )

  const own = cells.filter(({ point }) => lifeOf(point) === 1)
  const lastHeld = own.filter(({ point, hold }) => point === "k08" && hold === "held")
  const ahead = own.filter(
    (cell) => !late(cell) && !isUndo(cell.point) && cell.point !== "k04" && cell.point !== "k08",
  )
  const reviewed = (cell: Cell): boolean => cell.point !== "k06" && cell.point !== "k08"
  await patiently("first points", async () => {
    await client.approveAll(plane, (cell) => reviewed(cell) && !isUndo(cell.point))
    return isAt(ahead) && (await client.forwardDone(plane)) ? true : null
  })

  await inTurns(cells.filter(timed), (cell) => client.submit(plane, cell))
  await inTurns(
    cells.filter((one) => cancelled(one, 1)),
    (cell) => client.cancel(plane, cell),
  )
  const second = cells.filter((cell) => timed(cell) || cancelled(cell, 1))
  await patiently("points of attempts", async () => {
    await client.approveAll(plane, reviewed)
    return isAt(second) ? true : null
  })

  await inTurns(cells.filter(early), (cell) => client.submit(plane, cell))
  const unwritten = own.filter(({ point, hold }) => point === "k01" || (point === "k08" && hold === "free"))
  await patiently("writes without a commit", async () => {
    await client.approveAll(plane, (cell) => cell.point !== "k06")
    return isAt(lastHeld) && unwritten.every((cell) => plane.gathered.has(client.name(cell))) ? true : null
  })
  plane.write()
  await until("open transactions", lifeMs, () => (isAt(unwritten) ? true : null))
}

async function secondLife(run: CellRun, client: Client, plane: CellPlane): Promise<void> {
  const { cells } = run
  await inTurns(cells, (cell) => client.submit(plane, cell))
  await inTurns(
    cells.filter(({ point }) => point === "k04"),
    (cell) => client.start(plane, cell),
  )
  await inTurns(
    cells.filter((one) => cancelled(one, 2)),
    (cell) => client.cancel(plane, cell),
  )
  const own = cells.filter(({ point }) => lifeOf(point) === 2)
  const isAt = (cell: Cell): boolean => plane.reached.has(client.name(cell))
  const undos = own.filter(({ point }) => point === "u08")
  const written = undos.filter(({ hold }) => hold === "free")
  const others = cells.filter(({ point }) => lifeOf(point) === 1)
  await patiently("second points, and the end of all others", async () => {
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

async function thirdLife(run: CellRun, client: Client, plane: CellPlane): Promise<void> {
  await inTurns(run.cells, (cell) => client.submit(plane, cell))
  await patiently("end of all", async () => {
    await client.approveAll(plane, () => true)
    return (await client.settled(plane, run.cells)) ? true : null
  })
}

type Client = ReturnType<typeof clientOf>

/** What the agent and the approver do; every call may go unanswered, and is made again in the next life. */
function clientOf({ name: runName, cells }: CellRun, { agent, ana }: CrashPeople) {
  const byName = new Map(cells.map((cell) => [cellName(runName, cell), cell]))
  const byExecution = new Map<string, Cell>()
  const answers = new Map<string, Set<string>>()
  const asked = new Set<string>()
  const name = (cell: Cell): string => cellName(runName, cell)
  const idOf = (cell: Cell): string => [...(answers.get(name(cell)) ?? [])][0] ?? ""

  /** Sends without waiting for ever: a call whose commit is a point is never answered. */
  const send = async (sent: Promise<unknown>): Promise<void> => {
    await Promise.race([sent.catch(() => undefined), headStart(answerWithinMs)])
  }
  return {
    name,
    answers,
    submit: async (plane: CellPlane, cell: Cell): Promise<void> => {
      const key = name(cell)
      await send(
        must(call<Submitted>(plane.url, agent, "POST", "/intents", submission(key, cell))).then(
          ({ executionId }) => {
            answers.set(key, (answers.get(key) ?? new Set<string>()).add(executionId))
            byExecution.set(executionId, cell)
          },
        ),
      )
    },
    start: (plane: CellPlane, cell: Cell) =>
      send(
        (async () => {
          const { planDigest } = await readExecution(plane.url, ana, idOf(cell))
          await must(
            call(plane.url, agent, "POST", `/executions/${idOf(cell)}/start`, {
              key: `start-${name(cell)}`,
              planDigest: planDigest ?? "",
            }),
          )
        })(),
      ),
    cancel: (plane: CellPlane, cell: Cell) =>
      send(
        must(
          call(plane.url, agent, "POST", `/executions/${idOf(cell)}/cancel`, {
            key: `cancel-${name(cell)}`,
            reason: "the matrix undoes what was done",
            undo: "completed",
          }),
        ),
      ),
    resolve: async (plane: CellPlane, cell: Cell): Promise<void> => {
      if (asked.has(name(cell))) return
      const { status, steps } = await readExecution(plane.url, ana, idOf(cell))
      const step = steps?.find((one) => one.key === "act")
      if (status !== "inDoubt" || step === undefined) return
      asked.add(name(cell))
      await send(
        must(
          call(plane.url, ana, "POST", `/executions/${idOf(cell)}/resolve`, {
            key: `resolve-${name(cell)}`,
            stepId: step.stepId,
            generation: step.generation,
            attempt: step.attempt,
            outcome: "happened",
            output: { cell: name(cell) },
            evidence: [{ kind: "statement", ref: "the ledger of the tests" }],
            reason: "the ledger was read line by line",
          }),
        ),
      )
    },
    /** Approves what waits for the step that acts, where `which` says so. */
    approveAll: async (plane: CellPlane, which: (cell: Cell) => boolean): Promise<void> => {
      const chosen = (await openRequests(plane.url, ana)).filter(({ executionId, stepKey }) => {
        const cell = byExecution.get(executionId)
        return cell !== undefined && stepKey === "act" && which(cell)
      })
      await inTurns(chosen, (item) => send(approve(plane.url, ana, item)))
    },
    /** Whether every execution that is to be undone has done its forward step and waits behind it. */
    forwardDone: async (plane: CellPlane): Promise<boolean> => {
      const wanted = [...byName.values()].filter(({ point }) => isUndo(point))
      const waiting = new Set<string>(
        (await openRequests(plane.url, ana))
          .filter(({ stepKey }) => stepKey === "after")
          .map(({ executionId }) => executionId),
      )
      return wanted.every((cell) => waiting.has(idOf(cell)))
    },
    /** Whether nothing more happens to these without a person. */
    settled: async (plane: CellPlane, chosen: readonly Cell[]): Promise<boolean> => {
      const moving = await movingOf(plane.url, ana, runName)
      return chosen.every((cell) => {
        const id = idOf(cell)
        return id !== "" && !moving.has(id)
      })
    },
  }
}

/** Executions of a run that are neither closed nor in doubt. */
async function movingOf(url: string, who: CrashPeople["ana"], run: string): Promise<ReadonlySet<string>> {
  const statuses = ["received", "planned", "running", "waiting", "paused", "failing", "cancelling"]
  const asked = statuses.map((status) => `status=${status}`).join("&")
  const found = new Set<string>()
  let cursor = ""
  for (;;) {
    const page = await must(
      call<{ readonly items: readonly { readonly executionId: string }[]; readonly nextCursor?: string }>(
        url,
        who,
        "GET",
        `/executions?${asked}&limit=200&label=${run}${cursor}`,
      ),
    )
    for (const { executionId } of page.items) found.add(executionId)
    if (page.nextCursor === undefined) return found
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
}

/** What an agent submits for a cell: a step before, so that the act's own writes are not the first ones, and the act. */
function submission(key: string, cell: Cell): Json {
  const undone = undoClasses.find((one) => isUndo(cell.point) && one === cell.class)
  const steps: readonly DraftStep[] =
    undone === undefined
      ? [
          { key: "before", contract: actRef("pure", "free"), input: { cell: key, part: "before" } },
          {
            key: "act",
            contract: actRef(cell.class, cell.hold),
            input: { cell: key, part: "act" },
            after: ["before"],
          },
        ]
      : [
          {
            key: "act",
            contract: forwardRef(undone, cell.hold),
            input: { cell: key, part: "act" },
            undo: true,
          },
          {
            key: "after",
            contract: actRef("pure", "held"),
            input: { cell: key, part: "after" },
            after: ["act"],
          },
        ]
  const manual = cell.point === "k04" || cell.point === "k05"
  return {
    key,
    as: { draft: draftOf(steps) },
    labels: [key, key.split(".")[0] ?? ""],
    ...(manual ? { start: "manual" } : {}),
  }
}

/** Looks again when the answer is that it cannot be had now: a busy machine is no fault. */
const patiently = (what: string, look: () => Promise<true | null>): Promise<true> =>
  until(what, lifeMs, () => look().catch(() => null))

/** A few at a time: one caller may not have more calls under way than the door lets through. */
async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += atOnce)
    await Promise.all(all.slice(from, from + atOnce).map(act))
}

const atOnce = 16

/** Long enough for most answers; a later one still counts. */
const answerWithinMs = 400
