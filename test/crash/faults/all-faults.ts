// The faults under load that a full run of the matrix does, in order.
// Owns: what is done, and how often. Does not own: the load, the judgement (load.ts).

import { startNatsServer } from "../../support/nats-server.ts"
import { headStart, until } from "../../support/until.ts"
import { openCutLine, type CutLine } from "./cut-line.ts"
import type { FaultReport } from "./fault.ts"
import { underLoad } from "./installation.ts"

/** Longer than the leases of these tests. */
const beyondLeaseMs = 6_500

/** PostgreSQL's `immediate` stop: no checkpoint, every connection dropped; it recovers from its log at the next start. */
const databaseStops = (times: number): Promise<FaultReport> =>
  underLoad("immediate stop of PostgreSQL", {}, async ({ stopDatabase, moved }) => {
    for (let stop = 0; stop < times; stop += 1) {
      await moved()
      await stopDatabase()
    }
    return times
  })

/** A worker that is suspended for longer than its lease, and then continues. */
const workerStops = (times: number): Promise<FaultReport> =>
  underLoad("SIGSTOP of a worker beyond its lease", {}, async (on) => {
    for (let stop = 0; stop < times; stop += 1) {
      await on.moved()
      const worker = on.worker(stop % 2 === 0 ? 0 : 1)
      worker.pause()
      await headStart(beyondLeaseMs)
      worker.resume()
    }
    return times
  })

/** Commits whose request or answer is lost on the way. */
async function commitsCut(times: number): Promise<FaultReport> {
  const lines: CutLine[] = []
  const throughPort = async (port: number): Promise<number> => {
    const line = await openCutLine(port)
    lines.push(line)
    return line.port
  }
  try {
    return await underLoad("network cut inside a commit", { throughPort }, async () => {
      const [line] = lines
      if (line === undefined) throw new Error("there is no line")
      for (let cut = 0; cut < times; cut += 1) {
        line.cutNext(cut % 2 === 0 ? "request" : "answer")
        await until("cut", 40_000, () => (line.cuts() > cut ? true : null))
      }
      return line.cuts()
    })
  } finally {
    for (const line of lines) await line.close()
  }
}

/** Workers whose clocks differ by almost what is allowed (a worker more than 1 s off takes nothing), killed and replaced. */
const clocksApart = (times: number): Promise<FaultReport> =>
  underLoad("SIGKILL of workers whose clocks are 1.6 s apart", { skewsMs: [800, -800] }, async (on) => {
    for (let kill = 0; kill < times; kill += 1) {
      await on.moved()
      await on.replace(kill % 2 === 0 ? 0 : 1)
    }
    return times
  })

/** The bus is killed and starts again; when it is wiped, without anything that it held. */
async function busStops(name: string, times: number, wiped: boolean): Promise<FaultReport> {
  const nats = await startNatsServer()
  try {
    return await underLoad(name, { natsUrl: nats.url }, async ({ moved }) => {
      for (let stop = 0; stop < times; stop += 1) {
        await moved()
        await nats.kill()
        if (wiped) nats.wipe()
        if (stop % 2 === 1) await moved()
        await nats.start()
      }
      return times
    })
  } finally {
    await nats.close()
  }
}

/** Each does its fault again and again, fewer times when it is to be quick, and judges. */
export const allFaults: readonly ((quick: boolean) => Promise<FaultReport>)[] = [
  (quick) => databaseStops(quick ? 3 : 100),
  (quick) => workerStops(quick ? 1 : 6),
  (quick) => commitsCut(quick ? 10 : 200),
  (quick) => clocksApart(quick ? 2 : 10),
  (quick) => busStops("SIGKILL of nats-server", quick ? 4 : 100, false),
  (quick) => busStops("SIGKILL of nats-server, and its store wiped", quick ? 2 : 10, true),
]
