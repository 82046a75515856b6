// What the people of a run do: submit and review, each at a time of its own.
// Owns: their wishes and mistakes. Does not own: who they are (town.ts), what operators do (operators.ts), nor what becomes of it.

import { headers } from "@nats-io/transport-node"
import { Key, type ExecutionId, type Json } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import { natsHeaders, submitSubject } from "@counterfoil/contracts/nats"
import { everyApproval, type ApprovalRow } from "@counterfoil/contracts/ports"
import type { Execution } from "@counterfoil/core"
import type { Dice } from "../replay/dice.ts"
import { ids, signedReview, tenant } from "../replay/world.ts"
import type { Book } from "./book.ts"
import type { Database } from "./database.ts"
import type { Swarm } from "./faults.ts"
import type { Outside } from "./outside.ts"
import type { Process } from "./process.ts"
import type { Stream } from "./stream.ts"
import { townspeople, type Heard, type Name, type Town } from "./town.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** What people have to do with. */
export interface Scene {
  readonly time: VirtualTime
  readonly swarm: Swarm
  readonly dice: Dice
  readonly book: Book
  readonly database: Database
  readonly outside: Outside
  readonly stream: Stream
  readonly town: Town
  /** What people have seen of each execution so far. */
  readonly folded: Map<ExecutionId, Execution>
  /** A process that answers; null while all are dead. */
  anyProcess(): Process | null
  /** Starts every dead process now. */
  revive(): void
}

/** One wish of a client: its contract and input, its time, and its channel. */
export interface Wish {
  readonly key: string
  readonly at: number
  readonly as: Json
  readonly forMia: boolean
  readonly start: "auto" | "manual"
}

const redeliverMs = 6_000
const refusedForNow = new Set([
  "STORE_UNAVAILABLE",
  "OUTCOME_UNKNOWN",
  "INTERNAL",
  "INVARIANT_BROKEN",
  "OVERLOADED",
])

/** Delivers a wish as a queue does: at least once, until a process acknowledged it. */
export async function submitWish(scene: Scene, wish: Wish): Promise<void> {
  const { time, swarm, dice, book, town } = scene
  await time.delay(wish.at + (swarm.strikes("bus.reordered") ? dice.below(5_000) : 0))
  const deliver = async (): Promise<boolean> => {
    const process = scene.anyProcess()
    if (process === null) return false
    const heard = await town.call(process, "bot", "controlPlane.intent.submit@1", {
      key: Key.parse(wish.key),
      as: wish.as,
      start: wish.start,
      ...(wish.forMia ? { onBehalfOf: ids.mia } : {}),
    })
    if (heard.kind === "silence") return false
    if (heard.kind === "problem") {
      const isFinal = !refusedForNow.has(heard.problem.code)
      if (isFinal) book.refused.push(wish.key)
      return isFinal
    }
    const executionId = executionIn(heard.body)
    if (executionId !== null) book.accepted.push({ key: wish.key, executionId })
    return !swarm.strikes("bus.lostAck")
  }
  if (swarm.strikes("bus.stolenId") && !(await isInQueue(scene, wish.key))) return
  for (;;) {
    const copies = swarm.strikes("bus.double") ? 2 : 1
    const acknowledged = await Promise.all(Array.from({ length: copies }, deliver))
    if (acknowledged.includes(true)) return
    await time.delay(redeliverMs)
  }
}

/** Longer than a living process pauses before and after it stores a message. */
const storedWithinMs = 70_000

/**
 * Publishes with a message id that another agent used just before. False when nothing keeps the submission although its
 * sender believes so. A sender whose receiving process died, or whose message no process received, sends again without an id.
 */
async function isInQueue({ stream, time, book }: Scene, key: string): Promise<boolean> {
  const publish = (of: string) => {
    const all = headers()
    all.set(natsHeaders.idempotencyKey, of)
    all.set(natsHeaders.messageId, `id of ${key}`)
    return stream.publish({ subject: submitSubject(tenant), headers: all, data: utf8(of) })
  }
  publish(`stolen from ${key}`)
  const { heardBy } = publish(key)
  if (heardBy === null) return true
  const giveUpAt = time.now() + storedWithinMs
  while (!stream.keeps(key) && heardBy.isAlive() && time.now() < giveUpAt) await time.delay(200)
  if (!stream.keeps(key) && !heardBy.isAlive()) return true
  book.handedOver.push(key)
  return stream.keeps(key)
}

function executionIn(body: Json): ExecutionId | null {
  const id = typeof body === "object" && body !== null && "executionId" in body ? body["executionId"] : null
  // The gate's own answer: its schema says so.
  return typeof id === "string" ? (id as ExecutionId) : null
}

/** One person reads the queue once, and answers what is there. */
export async function reviewOnce(scene: Scene, helpful: boolean): Promise<void> {
  const { database, dice, swarm, time } = scene
  if (swarm.strikes("people.away")) return
  const { items } = await database.direct.approvals(
    {
      tenant,
      ...everyApproval,
      // What is closed is answered now and then all the same: such answers are late.
      status: helpful || dice.chance(0.9) ? ["open", "approved"] : [],
    },
    null,
    50,
  )
  if (items.length === 0) return
  if (helpful) {
    for (const row of items) if (row.status === "open") await answerHelpfully(scene, row)
    return
  }
  const row = dice.one(items)
  if (swarm.strikes("people.late")) await time.delay(dice.below(330_000))
  const decision = swarm.strikes("people.reject")
    ? "reject"
    : swarm.strikes("people.withdraw")
      ? "withdraw"
      : "approve"
  if (swarm.strikes("people.forbidden")) {
    for (const name of ["bot", "mia", "kim"] as const) {
      const heard = await answer(scene, row, name, "approve")
      if (heard.kind === "answer" && isBarred(row, name))
        scene.book.forbidden.push({ approvalId: row.approvalId, human: ids[name] })
    }
    return
  }
  const [first, ...others] = eligible(scene, row)
  if (first === undefined) return
  const reviewer = dice.chance(0.5) ? first : (others.at(dice.below(Math.max(1, others.length))) ?? first)
  const said = [answer(scene, row, reviewer, decision)]
  if (swarm.strikes("people.double")) said.push(answer(scene, row, reviewer, decision))
  if (swarm.strikes("people.conflict"))
    said.push(answer(scene, row, dice.one(["ana", "ben", "cleo", "eve"]), "reject"))
  await Promise.all(said)
}

// The agent never reviews, Mia not what is done for her, and its owner not what the agent asks at tier high.
const isBarred = (row: ApprovalRow, name: "bot" | "mia" | "kim"): boolean =>
  name === "bot" || (name === "mia" ? String(row.onBehalfOf) === ids.mia : row.tier === "high")

async function answerHelpfully(scene: Scene, row: ApprovalRow): Promise<void> {
  const missing = new Map(row.quorum.missing.map(({ role, count }) => [String(role), count]))
  const given = new Set(row.quorum.met.map(({ human }) => String(human)))
  for (const name of eligible(scene, row)) {
    if (given.has(ids[name])) continue
    const role = rolesOf(name).find((one) => (missing.get(one) ?? 0) > 0)
    if (role === undefined) continue
    const heard = await answer(scene, row, name, "approve")
    if (heard.kind === "answer") missing.set(role, (missing.get(role) ?? 0) - 1)
  }
}

const rolesOf = (name: Name): readonly string[] =>
  townspeople.find(({ human }) => human === ids[name])?.roles ?? []

// Those with the fewest roles first, so that a person of two roles is left for the slot that no one else fills.
const eligible = (scene: Scene, row: ApprovalRow): readonly Name[] => {
  const now = scene.town.reviewersNow()
  const needed = row.obligations.quorum.map(({ role }) => String(role))
  return (["eve", "ana", "cleo", "ben", "kim"] as const).filter(
    (name) =>
      !row.excluded.map(String).includes(ids[name]) && needed.some((role) => now.has(`${ids[name]} ${role}`)),
  )
}

const noReason = "not like this, thank you"

function answer(
  scene: Scene,
  row: ApprovalRow,
  name: Name,
  decision: "approve" | "reject" | "withdraw",
): Promise<Heard> {
  const { dice, town, swarm, database } = scene
  const process = scene.anyProcess()
  if (process === null) return Promise.resolve({ kind: "silence" })
  const { executionId, approvalId, stepId, planDigest, previewDigest } = row
  const stale = swarm.strikes("people.stale")
  const approvalDigest = stale ? row.planDigest : row.approvalDigest
  const signs = row.obligations.assurance === "key" && name !== "bot" && name !== "mia"
  const signature = signs
    ? signedReview(ids[name], {
        decision,
        origin: "counterfoil://production/acme",
        at: database.now(),
        reasonDigest: decision === "approve" ? null : blobDigest(utf8(noReason)),
        items: [{ approvalDigest, planDigest, previewDigest }],
      })
    : null
  const item = { executionId, approvalId, stepId, approvalDigest, planDigest }
  return town.call(
    process,
    name,
    decision === "approve" ? "controlPlane.execution.approve@1" : "controlPlane.execution.reject@1",
    {
      key: Key.parse(`review-${dice.below(1_000_000_000)}`),
      items: [item],
      ...(signature === null ? {} : { signature: { ...signature, signatures: [...signature.signatures] } }),
      ...(decision === "approve" ? {} : { reason: noReason, reasonCode: "other", decision }),
    },
  )
}
