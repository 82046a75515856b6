// Every route by every kind of principal, asked of a running control plane: what is answered, as one committed table.
// The requests are well-formed and act on executions in the right state, so a refusal is about the caller.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { commandTree } from "@counterfoil/cli"
import { identityOperations } from "@counterfoil/gate"
import { AnyJson, Problem, Submitted, type Json } from "@counterfoil/contracts"
import { httpCalls } from "@counterfoil/contracts/http"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { addSomeone, withToken, type Person } from "../support/people.ts"
import { readExecution } from "../support/asking.ts"
import { until } from "../support/until.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { commandLines } from "./commands.ts"
import { askedRoutes } from "./asked-routes.ts"
import { grantOneExecution, kinds, makeCallers, type Caller, type Kind } from "./callers.ts"
import { requests, type Asked, type Given } from "./requests.ts"
import { spareRows } from "./spare-rows.ts"
import { settledSubjects, submitSubjects } from "./subjects.ts"
import { tableOf } from "./table.ts"

interface Answer {
  readonly status: number
  readonly code: string | null
  readonly type: string
  readonly text: string
}

/** Commands that run at a time: some only wait. */
const commandsAtOnce = 4

let plane: TestPlane
let callers: readonly Caller[]
let auditor: Person
const givens = new Map<Kind, Given>()
const answers = new Map<string, Answer>()
const said = (route: string, kind: Kind): Answer => {
  const found = answers.get(`${route} ${kind}`)
  if (found === undefined) throw new Error(`${route} was not asked by ${kind}`)
  return found
}

/** Every route of a server, as its parts list them. */
function routesOf({ started }: TestPlane): readonly string[] {
  const { registry } = started.plane
  return [
    ...httpCalls(registry).map(({ operation }) => `${operation.method} ${operation.path}`),
    ...identityOperations.map(({ method, path }) => `${method} /v1${path}`),
    "GET /v1/stream",
    "GET /v1/executions/:executionId/stream",
    "GET /v1/openapi.json",
    "GET /v1/contracts.lock.json",
    "GET /v1/contracts/:contract",
    "GET /livez",
    "GET /readyz",
    "GET /readyz?verbose",
  ].toSorted()
}

async function ask(asked: Asked, route: string, person: Person | null): Promise<Answer> {
  const [method = "GET"] = route.split(" ")
  const ended = new AbortController()
  const response = await fetch(`${plane.url}${asked.path}`, {
    method,
    signal: ended.signal,
    headers: {
      ...(person === null ? {} : { authorization: `Bearer ${person.token}` }),
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
    },
    ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
  })
  const type = response.headers.get("content-type") ?? ""
  if (type.startsWith("text/event-stream")) {
    ended.abort()
    return { status: response.status, code: null, type, text: "" }
  }
  const text = await response.text()
  const problem = response.ok ? null : Problem.parse(JSON.parse(text))
  return { status: response.status, code: problem?.code ?? null, type, text }
}

beforeAll(async () => {
  plane = await startTestPlane("permissions", "PT1S", () => new Promise(() => undefined))
  callers = await makeCallers(plane.started)
  const core = ["control-plane.core", "ledger.use"]
  const bystander = await addSomeone(plane.started, { kind: "agent", name: "bystander", capabilities: core })
  auditor = await addSomeone(plane.started, {
    kind: "human",
    name: "auditor",
    capabilities: [...core, "control-plane.approval", "control-plane.audit"],
  })
  const submitted = new Map<Kind, Awaited<ReturnType<typeof submitSubjects>>>()
  for (const kind of kinds) submitted.set(kind, await submitSubjects(plane.url, bystander, kind))
  for (const [kind, ids] of submitted) {
    givens.set(kind, {
      name: kind.replaceAll(" ", "-"),
      subjects: await settledSubjects(plane.url, auditor, ids),
      bystander: bystander.id,
      ...(await spareRows(plane.started, kind)),
      now: plane.started.plane.store.clock.now(),
    })
  }
  await grantOneExecution(plane.started, callers, givenOf("one execution").subjects.of.held.executionId)
}, 180_000)

afterAll(async () => {
  await plane.close()
})

const givenOf = (kind: Kind): Given => {
  const given = givens.get(kind)
  if (given === undefined) throw new Error(`nothing was prepared for ${kind}`)
  return given
}

/** The execution that an answer names, where a command runs as its own execution. */
function submittedIn({ text, status }: Answer): string | null {
  const submitted = status < 300 && text !== "" ? Submitted.safeParse(JSON.parse(text)) : null
  return submitted?.success === true ? submitted.data.executionId : null
}

/** What became of it, once it waits for people or has ended. */
async function fate(executionId: string, who: Person): Promise<string> {
  const { status, steps } = await until("fate of a command", 15_000, async () => {
    const found = await readExecution(plane.url, who, executionId)
    return ["waiting", "completed", "failed"].includes(found.status) ? found : null
  })
  const because = steps?.flatMap(({ blockReason, failure }) => blockReason ?? failure?.code ?? []) ?? []
  return [status, ...because].join(" ")
}

/** An answer as one cell. */
async function cell(answer: Answer, who: Person | null): Promise<string> {
  const executionId = submittedIn(answer)
  // Whether the answer came before or after the end is the machine's speed, so 200 and 202 are one.
  if (executionId !== null && who !== null) return `2xx ${await fate(executionId, who)}`
  return `${answer.status} ${answer.code ?? ""}`.trim()
}

describe("every route by every kind of principal", () => {
  test("answers as the permission matrix says", { timeout: 180_000 }, async () => {
    const routes = routesOf(plane)
    expect(Object.keys(requests).toSorted()).toEqual(routes)
    const rows: string[][] = [["", ...kinds]]
    // In the order of the table of requests: no request takes away what a later one needs.
    for (const [route, request] of Object.entries(requests)) {
      const row: string[] = [route]
      for (const { kind, person } of callers) {
        const answer = await ask(request(givenOf(kind)), route, person)
        answers.set(`${route} ${kind}`, answer)
        row.push(await cell(answer, person))
      }
      rows.push(row)
    }
    await expect(tableOf(rows)).toMatchFileSnapshot("permission-matrix.txt")
  })

  test(
    "every command asks only routes of the matrix, so it may what its caller may",
    { timeout: 240_000 },
    async () => {
      const folder = newDataFolder("commands")
      const token = callers.find(({ kind }) => kind === "owner")?.person?.token ?? ""
      const lines = commandLines(givenOf("owner"), token, folder.path)
      expect(Object.keys(lines)).toEqual(commandTree.map(({ words }) => words))
      const world = { url: plane.url, token, home: folder.path, routes: Object.keys(requests) }
      const row = async ([command, words]: [string, readonly string[] | null]) => {
        if (words === null) return [command, "works without a server, or follows one"]
        const asked = await askedRoutes(world, [...command.split(" "), ...words])
        expect([command, asked.filter((route) => !(route in requests))]).toEqual([command, []])
        return [command, asked.join(", ")]
      }
      const rows: string[][] = []
      const commands = Object.entries(lines)
      for (let from = 0; from < commands.length; from += commandsAtOnce)
        rows.push(...(await Promise.all(commands.slice(from, from + commandsAtOnce).map(row))))
      folder.remove()
      await expect(tableOf(rows)).toMatchFileSnapshot("command-routes.txt")
    },
  )

  test("INV-04 without a token there is health and nothing else", () => {
    const open = routesOf(plane).filter((route) => said(route, "none").status !== 401)
    expect(open).toEqual(["GET /livez", "GET /readyz"])
  })

  test("INV-04 a token of less assurance than a contract requires is refused, even when its holder has every grant", async () => {
    const sure = callers.find(({ kind }) => kind === "agent with every grant")?.person ?? auditor
    const weak = await withToken(plane.started, sure, "chat")
    const submission = requests["POST /v1/intents"]?.(givenOf("owner")) ?? { path: "" }
    for (const [route, asked] of [
      ["GET /v1/executions", { path: "/v1/executions" }],
      ["POST /v1/intents", submission],
    ] as const) {
      const { status, code } = await ask(asked, route, weak)
      expect([route, status, code]).toEqual([route, 403, "ASSURANCE_TOO_LOW"])
    }
  })

  test("INV-06 no agent and no service ever approves, rejects or resolves, even with every grant", () => {
    for (const route of Object.keys(requests).filter((each) => /\/(approve|reject|resolve)$/.test(each))) {
      for (const kind of ["agent without grant", "agent with every grant", "service"] as const) {
        expect([kind, route, said(route, kind).status]).toEqual([kind, route, 403])
      }
    }
  })

  test("INV-04 a caller who may not read an execution may not follow it, and gets the same answer", () => {
    const [read, follow] = ["GET /v1/executions/:executionId", "GET /v1/executions/:executionId/stream"]
    const told = (route: string) =>
      kinds.map((kind) => [kind, said(route, kind).status, said(route, kind).code])
    expect(told(follow ?? "")).toEqual(told(read ?? ""))
  })

  test("INV-10 to another tenant what exists here looks, byte for byte, like what does not exist", async () => {
    const person = callers.find(({ kind }) => kind === "other tenant")?.person ?? null
    const given = givenOf("other tenant")
    const routes = Object.entries(requests).filter(([, request]) => namesOurs(request(given)))
    expect(routes.length).toBeGreaterThan(12)
    for (const [route, request] of routes) {
      const here = await ask(request(given), route, person)
      const nowhere = await ask(absent(request(given)), route, person)
      expect([route, await bare(here, person)]).toEqual([route, await bare(nowhere, person)])
    }
  })

  test("INV-10 nothing of ours is in what another tenant lists", async () => {
    const person = callers.find(({ kind }) => kind === "other tenant")?.person ?? null
    const { bystander, session, keyId, subjects } = givenOf("other tenant")
    const { completed: _named, ...others } = subjects.of // A preview has its id: the request to erase it named it.
    const ours = [bystander, session, keyId, ...Object.values(others).map((view) => view.executionId)]
    for (const list of ["executions", "approvals", "principals", "grants", "tokens", "review-keys"]) {
      const { status, text } = await ask({ path: `/v1/${list}` }, `GET /v1/${list}`, person)
      expect([list, status, ours.filter((id) => text.includes(id))]).toEqual([list, 200, []])
    }
  })
})

const ids = /\b(exe|apr|stp|agt|hum|grn|ses)_[0-9a-z]{26}\b/g
const namesOurs = ({ path, body }: Asked): boolean => (path + JSON.stringify(body ?? null)).search(ids) >= 0

/** The same request, under another key, about ids that never existed. */
function absent({ path, body }: Asked): Asked {
  const other = (text: string) =>
    text
      .replaceAll(ids, (id) => `${id.slice(0, 4)}${"0".repeat(26)}`)
      .replaceAll(/"key":"/g, '"key":"absent-')
  const changed: Json | undefined =
    body === undefined ? undefined : AnyJson.parse(JSON.parse(other(JSON.stringify(body))))
  return { path: other(path), ...(changed === undefined ? {} : { body: changed }) }
}

/**
 * An answer without what differs by request: the trace id, and the ids that the caller wrote itself.
 * Of a command that became an execution of the caller's own tenant, what became of it.
 */
async function bare(answer: Answer, who: Person | null): Promise<string> {
  const executionId = submittedIn(answer)
  if (executionId !== null && who !== null) return fate(executionId, who)
  const text = answer.text.replaceAll(/"traceId":"[0-9a-f]+"/g, "").replaceAll(ids, (id) => id.slice(0, 4))
  return `${answer.status} ${answer.type} ${text}`
}
