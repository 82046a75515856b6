// What the agent and the approver of the matrix do: every call may go unanswered, and is made again in the next life.
// Owns: their calls, and the ids they were answered with. Does not own: when each is due (run-cells.ts).

import { call, must } from "@counterfoil/cli"
import type { Json, Submitted } from "@counterfoil/contracts"
import { approve, draftOf, openRequests, readExecution, type DraftStep } from "../../support/asking.ts"
import type { CrashPeople } from "../../support/crash-plane.ts"
import { headStart } from "../../support/until.ts"
import { actRef, forwardRef } from "./cell-handlers.ts"
import type { CellPlane } from "./cell-plane.ts"
import { cellName, isUndo, undoClasses, type Cell } from "./cells.ts"

/** The client of one run. */
export type CellClient = ReturnType<typeof clientOf>

/** What the agent and the approver do; every call may go unanswered, and is made again in the next life. */
export function clientOf(runName: string, cells: readonly Cell[], { agent, ana }: CrashPeople) {
  const byName = new Map(cells.map((cell) => [cellName(runName, cell), cell]))
  const byExecution = new Map<string, Cell>()
  const answers = new Map<string, Set<string>>()
  const asked = new Set<string>()
  const name = (cell: Cell): string => cellName(runName, cell)
  const idOf = (cell: Cell): string => [...(answers.get(name(cell)) ?? [])][0] ?? ""

  /** Asks once a life, without waiting for ever: a call whose commit is a point is never answered. A refusal is asked again. */
  const once = async (plane: CellPlane, what: string, ask: () => Promise<unknown>): Promise<void> => {
    const key = `${what} ${plane.url}`
    if (asked.has(key)) return
    asked.add(key)
    const sent = ask().catch(() => asked.delete(key))
    await Promise.race([sent, headStart(answerWithinMs)])
  }
  /** As `once`, for what needs the id that the submission was answered with. */
  const onceKnown = (plane: CellPlane, what: string, cell: Cell, ask: (id: string) => Promise<unknown>) =>
    idOf(cell) === "" ? Promise.resolve() : once(plane, `${what} ${name(cell)}`, () => ask(idOf(cell)))
  return {
    name,
    answers,
    submit: (plane: CellPlane, cell: Cell): Promise<void> => {
      const key = name(cell)
      return once(plane, `submit ${key}`, async () => {
        const body = submission(key, cell)
        const { executionId } = await must(call<Submitted>(plane.url, agent, "POST", "/intents", body))
        answers.set(key, (answers.get(key) ?? new Set<string>()).add(executionId))
        byExecution.set(executionId, cell)
      })
    },
    start: (plane: CellPlane, cell: Cell): Promise<void> =>
      onceKnown(plane, "start", cell, async (id) => {
        const { planDigest } = await readExecution(plane.url, ana, id)
        const body = { key: `start-${name(cell)}`, planDigest: planDigest ?? "" }
        await must(call(plane.url, agent, "POST", `/executions/${id}/start`, body))
      }),
    cancel: (plane: CellPlane, cell: Cell): Promise<void> =>
      onceKnown(plane, "cancel", cell, (id) =>
        must(
          call(plane.url, agent, "POST", `/executions/${id}/cancel`, {
            key: `cancel-${name(cell)}`,
            reason: "the matrix undoes what was done",
            undo: "completed",
          }),
        ),
      ),
    /** Settles what is in doubt, as the ledger says: it happened. */
    resolve: async (plane: CellPlane, cell: Cell): Promise<void> => {
      if (idOf(cell) === "") return
      const { status, steps } = await readExecution(plane.url, ana, idOf(cell))
      const step = steps?.find((one) => one.key === "act")
      if (status !== "inDoubt" || step === undefined) return
      await onceKnown(plane, "resolve", cell, (id) =>
        must(
          call(plane.url, ana, "POST", `/executions/${id}/resolve`, {
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
      await inTurns(chosen, (item) =>
        once(plane, `approve ${item.approvalId}`, () => must(approve(plane.url, ana, item))),
      )
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

/** A few at a time: one caller may not have more calls under way than the door lets through. */
export async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += atOnce)
    await Promise.all(all.slice(from, from + atOnce).map(act))
}

const atOnce = 16

/** Long enough for most answers; a later one still counts. */
const answerWithinMs = 400
