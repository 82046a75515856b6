// An api and two workers on a database of their own, under load, for faults to happen to.
// Owns: starting and ending them, and the load on them. Does not own: the fault.

import { join } from "node:path"
import { migrate, startEmbedded } from "@counterfoil/store"
import { startCrashPlane, type CrashPlane } from "../../support/crash-plane.ts"
import { newDataFolder } from "../../support/data-folder.ts"
import { openLedger } from "../../support/ledger.ts"
import { until } from "../../support/until.ts"
import { openBusDoor } from "../bus-door.ts"
import { beginLoad, type LoadJudged } from "../load.ts"
import { eventsOf, type EventsJudged } from "./events-of.ts"
import type { FaultReport } from "./fault.ts"

/** What a fault is given. */
export interface Installation {
  /** Stops PostgreSQL at once, without a checkpoint, and waits until it is back. */
  readonly stopDatabase: () => Promise<void>
  readonly worker: (which: 0 | 1) => CrashPlane
  /** Waits until something was acknowledged or done again. */
  readonly moved: () => Promise<void>
  /** Kills a worker and starts another in its place. */
  readonly replace: (which: 0 | 1) => Promise<void>
}

/** How an installation differs from an ordinary one. */
export interface Odd {
  /** The port under which its processes see the database; they see the real one when it is left out. */
  readonly throughPort?: (port: number) => Promise<number>
  readonly skewsMs?: readonly [number, number]
  /** A third of the load then comes over it, a relay is started, and the events are judged as well. */
  readonly natsUrl?: string
}

/** The embedded server gives up when it dies again and again: it needs an orderly stop in between. */
const stopsInARow = 4
const movedWithinMs = 60_000
const judgeWithinMs = 60_000

/** Runs a fault on an installation and judges what became of the load. */
export async function underLoad(
  name: string,
  odd: Odd,
  fault: (installation: Installation) => Promise<number>,
): Promise<FaultReport> {
  const folder = newDataFolder("faults")
  let database = await startEmbedded({ dataDir: folder.path, log: () => undefined })
  const planes: CrashPlane[] = []
  const door = odd.natsUrl === undefined ? null : await openBusDoor(odd.natsUrl)
  let stops = 0
  try {
    await migrate(database.ownerUrl)
    const seen = (await odd.throughPort?.(database.port)) ?? database.port
    const at = (url: string): string => url.replace(`:${database.port}/`, `:${seen}/`)
    const { PATH, HOME } = process.env
    const { natsUrl } = odd
    const env = {
      PATH,
      HOME,
      DATABASE_URL: at(database.url),
      DATABASE_ERASER_URL: at(database.eraserUrl),
      ...(natsUrl === undefined ? {} : { NATS_URL: natsUrl }),
    }
    const path = join(folder.path, "ledger.jsonl")
    const start = async (role: "api" | "worker" | "relay", skewMs: number): Promise<CrashPlane> => {
      const part = { role, env, skewMs } as const
      const plane = await startCrashPlane({ data: "", ledger: path, deadline: "PT3S", armed: false, part })
      planes.push(plane)
      return plane
    }
    const api = await start("api", 0)
    if (api.people === null) throw new Error("the database was not empty")
    const skews = odd.skewsMs ?? [0, 0]
    const workers: [CrashPlane, CrashPlane] = [
      await start("worker", skews[0]),
      await start("worker", skews[1]),
    ]
    if (natsUrl !== undefined) await start("relay", 0)
    const ledger = openLedger(path)
    const load = beginLoad({
      name: "load",
      url: () => api.url,
      people: api.people,
      ledger,
      hands: 3,
      restMs: 300,
      ...(door === null ? {} : { door }),
    })
    const times = await fault({
      worker: (which) => workers[which],
      stopDatabase: async () => {
        if (stops === stopsInARow) {
          stops = 0
          await database.stop()
          database = await startEmbedded({ dataDir: folder.path, log: () => undefined })
        }
        stops += 1
        const { pid } = database
        process.kill(pid, "SIGQUIT")
        await until("next PostgreSQL", 30_000, () => (database.pid === pid ? null : true))
      },
      moved: async () => {
        const before = load.progress()
        await until("progress under load", movedWithinMs, () => (load.progress() > before ? true : null))
      },
      replace: async (worker) => {
        await workers[worker].kill()
        workers[worker] = await start("worker", skews[worker])
      },
    })
    await load.rest()
    const judged = await load.judge(judgeWithinMs)
    const events = natsUrl === undefined ? null : await eventsOf(natsUrl, database.ownerUrl, judgeWithinMs)
    return reportOf(name, times, judged, events)
  } finally {
    await door?.close()
    await Promise.all(planes.map((plane) => plane.kill()))
    await database.stop()
    folder.remove()
  }
}

const reportOf = (
  name: string,
  times: number,
  judged: LoadJudged,
  events: EventsJudged | null,
): FaultReport => ({
  name,
  times,
  judged: `${judged.executions} executions closed, ${judged.effects} effects once each, ${judged.settledByPeople} in doubt settled by a person${events === null ? "" : `, ${events.events} events in order`}`,
  faults: [...judged.faults, ...(events?.faults ?? [])],
})
