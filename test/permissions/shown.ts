// What one caller is shown of some executions: asked in every way that there is, on HTTP and on NATS.
// Owns: the asking. Does not own: what is expected of the answers (lists-and-streams.test.ts).

import { type NatsConnection, headers } from "@nats-io/transport-node"
import { z } from "zod"
import {
  approvalList,
  executionGet,
  executionList,
  traceGet,
  type ApprovalItem,
  type Callable,
  type ExecutionId,
  type Json,
  type TenantId,
} from "@counterfoil/contracts"
import { callSubject, submitSubject } from "@counterfoil/contracts/nats"
import { askHttp, askNats, type DoorReply } from "../nats/nats-plane.ts"
import { named } from "../support/asking.ts"
import type { Person } from "../support/people.ts"
import { until } from "../support/until.ts"
import { readTenantStream } from "./tenant-stream.ts"

/** What is asked about: some executions, and open requests of some of them. */
export interface ShownWorld {
  readonly url: string
  readonly connection: NatsConnection
  readonly ids: readonly ExecutionId[]
  readonly requests: readonly ApprovalItem[]
}

/** The ways of being shown an execution, in the order of the table. */
export const views = [
  "read",
  "read NATS",
  "list",
  "list NATS",
  "subject",
  "follow",
  "trace",
  "trace NATS",
  "stream",
  "queue",
  "queue NATS",
  "approve",
  "drift",
  "quarantine",
] as const
export type View = (typeof views)[number]

/** What a caller was shown. `ids` are sorted; a view that refused the caller says why. */
export interface Shown {
  readonly ids: Readonly<Record<View, readonly string[]>>
  readonly refused: Readonly<Partial<Record<View, string>>>
  /** What the lists say of their own length; absent where they refused. */
  readonly counts: {
    readonly executions?: number
    readonly requests?: number
    readonly pagedRequests?: number
  }
}

/** One view: the ids that it showed, or its refusal. */
interface Seen {
  readonly ids: readonly string[]
  readonly refused: string | null
}

/** A message of this sender that never becomes an intent, once it is listed. */
export async function putAside(
  { url, connection }: ShownWorld,
  tenant: TenantId,
  sender: Person,
  reader: Person,
): Promise<void> {
  const sent = headers()
  sent.set("Authorization", `Bearer ${sender.token}`)
  connection.publish(submitSubject(tenant), "no intent", { headers: sent })
  await until("message that was put aside", 20_000, async () => {
    const { body } = await askHttp(url, "GET", "/v1/quarantine", undefined, authorised(reader))
    return Page.parse(body).items.length > 0 ? true : null
  })
}

/** Everything that the caller is shown. `tenant` is its own: the subjects of its calls have it. */
export async function shownTo(world: ShownWorld, person: Person | null, tenant: TenantId): Promise<Shown> {
  const { url, connection, ids, requests } = world
  const sent = authorised(person)
  const get = (path: string) => askHttp(url, "GET", path, undefined, sent)
  const call = (contract: Callable, input: Json) =>
    askNats(connection, callSubject(tenant, contract.ref), JSON.stringify(input), sent)
  const each = async (ask: (id: ExecutionId) => Promise<DoorReply>) => seenOf(ids, await inTurn(ids, ask))
  const reviews = await inTurn(requests, (item) =>
    askHttp(url, "POST", "/v1/approvals/approve", staleReview(item), sent),
  )
  const seen: Record<View, Seen> = {
    read: await each((id) => get(`/v1/executions/${id}`)),
    "read NATS": await each((executionId) => call(executionGet, { executionId })),
    list: await listed(ids, (cursor) =>
      get(`/v1/executions?limit=5${cursor === null ? "" : `&cursor=${cursor}`}`),
    ),
    "list NATS": await listed(ids, (cursor) =>
      call(executionList, { limit: 5, ...(cursor === null ? {} : { cursor }) }),
    ),
    subject: withSubject(ids, await get("/v1/executions?limit=200&include=subject")),
    follow: await each((id) => opened(url, id, sent)),
    trace: await each((id) => get(`/v1/executions/${id}/trace?limit=1`)),
    "trace NATS": await each((executionId) => call(traceGet, { executionId, limit: 1 })),
    stream: await streamed(world, sent),
    queue: await listed(requestIds(world), (cursor) =>
      get(`/v1/approvals?status=open&limit=3${cursor === null ? "" : `&cursor=${cursor}`}`),
    ),
    "queue NATS": await listed(requestIds(world), (cursor) =>
      call(approvalList, { status: ["open"], limit: 3, ...(cursor === null ? {} : { cursor }) }),
    ),
    approve: seenOf(requestIds(world), reviews, isAboutRequest(reviews)),
    drift: drifted(await get("/v1/contracts/drift")),
    quarantine: aside(await get("/v1/quarantine")),
  }
  const executions = await get("/v1/executions?limit=1")
  const queue = await get("/v1/approvals?status=open&limit=200")
  return {
    ids: mapped(seen, ({ ids: shown }) => [...new Set(shown)].toSorted()),
    refused: Object.fromEntries(
      views.flatMap((view) => (seen[view].refused === null ? [] : [[view, seen[view].refused]])),
    ),
    counts:
      executions.status === 200 && queue.status === 200
        ? {
            executions: Page.parse(executions.body).totalAtLeast ?? 0,
            requests: Object.values(Page.parse(queue.body).counts ?? {}).reduce(
              (sum, count) => sum + count,
              0,
            ),
            pagedRequests: Page.parse(queue.body).items.length,
          }
        : {},
  }
}

const authorised = (person: Person | null): Readonly<Record<string, string>> =>
  person === null ? {} : { authorization: `Bearer ${person.token}` }

const requestIds = ({ requests }: ShownWorld): readonly string[] =>
  requests.map(({ executionId }) => executionId)

const Page = z.looseObject({
  items: z.array(z.looseObject({ executionId: z.string().optional(), subject: z.string().optional() })),
  nextCursor: z.string().optional(),
  totalAtLeast: z.number().optional(),
  counts: z.record(z.string(), z.number()).optional(),
})

async function inTurn<T>(
  list: readonly T[],
  ask: (one: T) => Promise<DoorReply>,
): Promise<readonly DoorReply[]> {
  const replies: DoorReply[] = []
  for (const one of list) {
    const reply = await ask(one)
    replies.push(reply)
    // Without a token everything answers alike, and a minute has room for sixty such tries.
    if (reply.code === "UNAUTHENTICATED") break
  }
  return replies
}

/**
 * Which of some ids were answered. `isShown` says of a reply whether the caller learned that there is something; when all
 * replies are one refusal, it is one of the caller.
 */
function seenOf(
  ids: readonly string[],
  replies: readonly DoorReply[],
  isShown: (reply: DoorReply) => boolean = ({ code }) => code === null,
): Seen {
  const [first] = replies
  const refused =
    first !== undefined &&
    first.code !== "NOT_FOUND" &&
    !isShown(first) &&
    replies.every(({ code }) => code === first.code)
  return refused
    ? { ids: [], refused: `${first.status} ${first.code}` }
    : {
        ids: ids.filter((_, i) => {
          const reply = replies[i]
          return reply !== undefined && isShown(reply)
        }),
        refused: null,
      }
}

/** Every page of a list, narrowed to the ids that are asked about. */
async function listed(
  ids: readonly string[],
  page: (cursor: string | null) => Promise<DoorReply>,
): Promise<Seen> {
  const found: string[] = []
  for (let cursor: string | null = null; ;) {
    const { status, code, body } = await page(cursor)
    if (code !== null) return { ids: [], refused: `${status} ${code}` }
    const { items, nextCursor } = Page.parse(body)
    found.push(...items.flatMap(({ executionId }) => (executionId === undefined ? [] : [executionId])))
    if (nextCursor === undefined) return { ids: found.filter((id) => ids.includes(id)), refused: null }
    cursor = nextCursor
  }
}

/** Which rows of a list say what their execution is about. */
function withSubject(ids: readonly string[], { status, code, body }: DoorReply): Seen {
  if (code !== null) return { ids: [], refused: `${status} ${code}` }
  const rows = Page.parse(body).items.filter(({ subject }) => subject !== undefined)
  return { ids: ids.filter((id) => rows.some(({ executionId }) => executionId === id)), refused: null }
}

/** Whether the stream of an execution opens; it is closed again at once. */
async function opened(
  url: string,
  id: ExecutionId,
  sent: Readonly<Record<string, string>>,
): Promise<DoorReply> {
  const path = `/v1/executions/${id}/stream`
  const hangUp = new AbortController()
  const response = await fetch(`${url}${path}`, { headers: sent, signal: hangUp.signal })
  const isOpen = response.ok
  hangUp.abort()
  return isOpen
    ? { status: 200, code: null, body: null, headers: {} }
    : askHttp(url, "GET", path, undefined, sent)
}

async function streamed({ url, ids }: ShownWorld, sent: Readonly<Record<string, string>>): Promise<Seen> {
  const read = await readTenantStream(url, sent)
  return typeof read === "string"
    ? { ids: [], refused: read }
    : { ids: ids.filter((id) => read.some(({ subject }) => subject === id)), refused: null }
}

/** Open work is counted and not named, so its numbers stand in for ids. */
function drifted({ status, code, body }: DoorReply): Seen {
  if (code !== null) return { ids: [], refused: `${status} ${code}` }
  const { live } = z
    .looseObject({ live: z.looseObject({ looked: z.looseObject({ open: z.number() }) }) })
    .parse(body)
  return { ids: Array.from({ length: live.looked.open }, (_, i) => String(i)), refused: null }
}

function aside({ status, code, body }: DoorReply): Seen {
  if (code !== null) return { ids: [], refused: `${status} ${code}` }
  return { ids: Page.parse(body).items.map((_, i) => String(i)), refused: null }
}

/** True for an answer about the request itself. A rule that forbids an answer to one of them is such an answer. */
const isAboutRequest = (replies: readonly DoorReply[]) => {
  const isForbidden = replies.every(({ code }) => code === "POLICY_DENIED")
  return ({ code, body }: DoorReply): boolean =>
    !["UNAUTHENTICATED", "GRANT_MISSING", "NOT_FOUND"].includes(code ?? "") &&
    !(code === "POLICY_DENIED" && isForbidden) &&
    !JSON.stringify(body).includes("never approve")
}

/** A review with a digest that no request has: it is refused for every caller, and changes nothing. */
const staleReview = (item: ApprovalItem): string =>
  JSON.stringify({
    key: `stale-${item.approvalId}`,
    items: [{ ...named(item), approvalDigest: `sha256:${"0".repeat(64)}` }],
  })

const mapped = <T>(seen: Readonly<Record<View, Seen>>, to: (one: Seen) => T): Record<View, T> => ({
  read: to(seen.read),
  "read NATS": to(seen["read NATS"]),
  list: to(seen.list),
  "list NATS": to(seen["list NATS"]),
  subject: to(seen.subject),
  follow: to(seen.follow),
  trace: to(seen.trace),
  "trace NATS": to(seen["trace NATS"]),
  stream: to(seen.stream),
  queue: to(seen.queue),
  "queue NATS": to(seen["queue NATS"]),
  approve: to(seen.approve),
  drift: to(seen.drift),
  quarantine: to(seen.quarantine),
})
