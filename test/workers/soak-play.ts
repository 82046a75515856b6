// The show of many workers: intents with holds, two people who approve at once, processes that are killed at random.
// Owns: the play and its judgement. Does not own: the processes, the outside, printing.
// Judges by the outside's own book and by the database, which no killed process can talk into anything.

import { setTimeout as pauseFor } from "node:timers/promises"
import { call, type Someone } from "@counterfoil/cli"
import type { Submitted } from "@counterfoil/contracts"
import { Client } from "pg"
import { approve, draftOf, openRequests } from "../support/asking.ts"
import { startNatsServer } from "../support/nats-server.ts"
import { until } from "../support/until.ts"
import { forEachAtOnce, patiently } from "./crowd.ts"
import { openWorkersDatabase } from "./database.ts"
import { readEvents, type EventsRead } from "./event-reader.ts"
import { startOutside, type Outside } from "./outside.ts"
import { openProcesses, type Processes, type RunningProcess, type WorkPeople } from "./processes.ts"
import { exactly, type Finding } from "./verdict.ts"

/** How much is played. */
export interface SoakOptions {
  readonly executions: number
  readonly workers: number
  /** A worker is killed, and another started, this often while there is work. */
  readonly killEveryMs: number
  readonly say: (line: string) => void
}

interface Stage {
  readonly api: RunningProcess
  readonly people: WorkPeople
  readonly owner: Client
  readonly outside: Outside
  readonly events: EventsRead
}

const submittersMax = 16
const approvalsAtOnce = 8
const patienceMs = 60_000
const startsMax = 5

/** Plays it once, on its own database, and returns the findings. */
export async function playSoak(options: SoakOptions): Promise<readonly Finding[]> {
  const nats = await startNatsServer()
  const database = await openWorkersDatabase("soak", { NATS_URL: nats.url })
  const outside = await startOutside(10)
  const processes = openProcesses(database, outside.url)
  const owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
  const events = readEvents(nats.url)
  try {
    const api = await processes.start({ role: "api" })
    if (api.people === null) throw new Error("the database was not empty")
    return await play({ api, people: api.people, owner, outside, events }, processes, options)
  } finally {
    await events.close()
    await owner.end()
    await processes.close()
    await outside.close()
    await database.close()
    await nats.close()
  }
}

async function play(stage: Stage, processes: Processes, options: SoakOptions): Promise<readonly Finding[]> {
  const begunMs = performance.now()
  let open = true
  const killing = killAtRandom(
    processes,
    options,
    () => open,
    () => eventsLeft(stage),
  )
  const approving = stage.people.approvers.map((who) => approveAll(stage, who, () => open))
  const telling = tellProgress(stage, options, () => open)
  const ids: string[] = []
  await forEachAtOnce([...Array(options.executions).keys()], submittersMax, async (number) => {
    ids.push(await submitOne(stage, number))
  })
  const seconds = () => Math.round((performance.now() - begunMs) / 1000)
  options.say(`${seconds()} s  all ${ids.length} submitted`)
  try {
    const bound = patienceMs + options.executions * 100
    await until("end of all work", bound, async () => ((await stillOpen(stage)) === 0 ? true : null))
  } finally {
    open = false
  }
  const kills = await killing
  await Promise.all([...approving, telling])
  options.say(
    `${seconds()} s  all ended and were reported, ${kills} processes killed; now every chain is verified`,
  )
  return judge(stage, options, ids, kills)
}

async function submitOne({ api, people }: Stage, number: number): Promise<string> {
  const agent = people.agents[number % people.agents.length]
  if (agent === undefined) throw new Error("there is no agent")
  const steps = [
    { key: "note", contract: "outside.note.write@1", input: { label: `${number}-note` } },
    {
      key: "order",
      contract: "outside.order.place@1",
      input: { label: `${number}-order` },
      after: ["note"],
    },
  ]
  const body = { key: `soak-${number}`, as: { draft: draftOf(steps) } }
  const { executionId } = await patiently(patienceMs, () =>
    call<Submitted>(api.url, agent, "POST", "/intents", body),
  )
  return executionId
}

/** One person's hands: all that is open, several at a time, even when another person decides it meanwhile. */
async function approveAll({ api }: Stage, who: Someone, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const items = await openRequests(api.url, who).catch(() => [])
    await forEachAtOnce(items, approvalsAtOnce, async (item) => {
      await approve(api.url, who, item)
    })
    if (items.length === 0) await pauseFor(100)
  }
}

async function killAtRandom(
  processes: Processes,
  { workers, killEveryMs }: SoakOptions,
  goesOn: () => boolean,
  allEventsRead: () => Promise<unknown>,
): Promise<number> {
  const roles = [...Array.from({ length: workers }, () => "worker" as const), "relay" as const]
  const hands = await Promise.all(roles.map((role) => startAgain(processes, role)))
  let kills = 0
  while (goesOn()) {
    await pauseFor(killEveryMs / 2 + Math.random() * killEveryMs)
    if (!goesOn()) break
    const at = Math.floor(Math.random() * hands.length)
    await hands[at]?.kill()
    kills += 1
    hands[at] = await startAgain(processes, roles[at] ?? "worker")
  }
  await allEventsRead()
  for (const hand of hands) await hand.drain()
  return kills
}

/** As what runs containers does: a process that could not start in time is started again. */
async function startAgain(processes: Processes, role: "worker" | "relay"): Promise<RunningProcess> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await processes.start({ role })
    } catch (error) {
      if (tries === startsMax) throw error
    }
  }
}

async function tellProgress(stage: Stage, { say }: SoakOptions, goesOn: () => boolean): Promise<void> {
  const begunMs = performance.now()
  let told = 0
  while (goesOn()) {
    await pauseFor(500)
    if (performance.now() - begunMs < told * 10_000 + 10_000) continue
    told += 1
    say(`${told * 10} s  ${stage.outside.happened.length} effects, ${await stillOpen(stage)} executions open`)
  }
}

/** Waits until the consumer has the last event of every execution, and no longer than it is patient. */
function eventsLeft(stage: Stage): Promise<unknown> {
  return until("events of all executions", patienceMs, async () =>
    (await unread(stage)) === 0 ? true : null,
  ).catch(() => null)
}

/** Executions of which the consumer has another number of events than the trace has entries. */
async function unread({ owner, events }: Stage): Promise<number> {
  const { rows } = await owner.query<{ execution_id: string; head_seq: number }>(
    "select execution_id, head_seq from execution",
  )
  return rows.filter((row) => events.places.get(row.execution_id) !== row.head_seq).length
}

async function stillOpen({ owner }: Stage): Promise<number> {
  const { rows } = await owner.query<{ open: string }>(
    "select count(*) as open from execution where ended_at is null",
  )
  return Number(rows[0]?.open ?? 0)
}

async function judge(
  stage: Stage,
  options: SoakOptions,
  ids: readonly string[],
  kills: number,
): Promise<readonly Finding[]> {
  const { owner, outside, people, api, events } = stage
  const { rows } = await owner.query<{ executions: string; completed: string }>(
    "select count(*) as executions, count(*) filter (where status = 'completed') as completed from execution",
  )
  let broken = 0
  const [auditor] = people.approvers
  await forEachAtOnce(ids, approvalsAtOnce, async (executionId) => {
    const trace = await patiently(patienceMs, () =>
      call<{ readonly chainOk: boolean }>(
        api.url,
        auditor ?? { token: "" },
        "GET",
        `/executions/${executionId}/trace?limit=1000`,
      ),
    )
    if (!trace.chainOk) broken += 1
  })
  const labels = new Set(outside.happened.map(({ label }) => label))
  return [
    exactly("executions in the database", options.executions, Number(rows[0]?.executions ?? 0)),
    exactly("executions that completed", options.executions, Number(rows[0]?.completed ?? 0)),
    exactly("different effects in the outside's book", options.executions * 2, labels.size),
    exactly("effects that happened twice", 0, outside.repeated().length),
    exactly("chains that do not verify", 0, broken),
    exactly("executions whose events did not all arrive", 0, await unread(stage)),
    exactly("events out of order", 0, events.gaps()),
    {
      what: "restarts of the consumer",
      expected: "≥ 1",
      found: String(events.restarts()),
      holds: events.restarts() >= 1,
    },
    { what: "processes killed", expected: "≥ 1", found: String(kills), holds: kills >= 1 },
  ]
}
