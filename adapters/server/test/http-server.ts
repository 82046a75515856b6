// A listening server for the tests of this folder: real sockets, the memory directory, a gate that records its calls.
// Owns: its principals and its log. Does not own: anything that ships.

import {
  SemVer,
  Digest,
  Environment,
  ExecutionId,
  Fence,
  GrantId,
  PrincipalId,
  RoleName,
  SessionId,
  TenantId,
  Time,
  addMs,
  controlPlaneCapabilities,
  controlPlaneContracts,
  emptyHead,
  err,
  ok,
  refuse,
  traceGet,
  makeRegistry,
  sealEntries,
  type Assurance,
  type Json,
  type PrincipalKind,
  type TraceEntry,
} from "@counterfoil/contracts"
import {
  isWithin,
  type Directory,
  type Doorbell,
  type Reach,
  type ReachedEntry,
  type SequencedEntry,
} from "@counterfoil/contracts/ports"
import { memoryStore } from "@counterfoil/store/test"
import { tokenHash, type Call, type CallAnswer, placeCodec } from "@counterfoil/gate"
import { openLogger } from "../src/operate/telemetry/logger.ts"
import { openMetrics, type Metrics } from "../src/operate/telemetry/metrics.ts"
import { asyncApi } from "../src/nats/async-api.ts"
import { contractAddresses } from "../src/outbound/contract-address.ts"
import { openHealth, type HealthProbe } from "../src/http/health.ts"
import { httpLimits, type HttpLimits } from "../src/http/http-limits.ts"
import { routeTemplates } from "../src/http/route-templates.ts"
import { startHttp, type HttpServer } from "../src/http/start-http.ts"

/** The tenant of every principal here except one. */
const acme = TenantId.parse("acme")
const start = Time.parse("2026-03-02T10:00:00.000Z")
const base32 = "0123456789abcdefghjkmnpqrstvwxyz"
const idNumber = (n: number): string =>
  `01kaz3v8g0e8r4n2t6w0y3b5${base32[Math.floor(n / 32) % 32]}${base32[n % 32]}`

/** The principals: an owner, an administrator, a person, an agent, and a person of another tenant. */
export const people = {
  olga: { id: PrincipalId.parse(`hum_${idNumber(1)}`), kind: "human", tenant: acme, roles: ["owner"] },
  adam: { id: PrincipalId.parse(`hum_${idNumber(2)}`), kind: "human", tenant: acme, roles: ["admin"] },
  mia: { id: PrincipalId.parse(`hum_${idNumber(3)}`), kind: "human", tenant: acme, roles: [] },
  robot: { id: PrincipalId.parse(`agt_${idNumber(4)}`), kind: "agent", tenant: acme, roles: [] },
  greta: {
    id: PrincipalId.parse(`hum_${idNumber(5)}`),
    kind: "human",
    tenant: TenantId.parse("globex"),
    roles: ["owner"],
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly id: PrincipalId
      readonly kind: PrincipalKind
      readonly tenant: TenantId
      readonly roles: readonly string[]
    }
  >
>
export type Person = keyof typeof people

/** Their tokens. */
export const tokens: Readonly<Record<Person, string>> = {
  olga: `cft_${"o".repeat(43)}`,
  adam: `cft_${"a".repeat(43)}`,
  mia: `cft_${"m".repeat(43)}`,
  robot: `cft_${"r".repeat(43)}`,
  greta: `cft_${"g".repeat(43)}`,
}
/** The session of each token. */
export const sessionOf = (person: Person): SessionId =>
  SessionId.parse(`ses_${people[person].id.slice("hum_".length)}`)

/** The public address of the server under test. */
export const publicUrl = "https://control.acme.test"

/** The execution that the log is about. */
export const executionId = ExecutionId.parse(`exe_${idNumber(9)}`)
/** An execution that is not in the log. */
export const otherExecutionId = ExecutionId.parse(`exe_${idNumber(10)}`)
/** Every control-plane contract. */
export const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)

/** A server under test, with its controls. */
export interface TestServer {
  readonly server: HttpServer
  readonly url: string
  readonly directory: Directory
  readonly metrics: Metrics
  /** Lines that were logged. */
  readonly lines: string[]
  /** Calls that reached the gate. */
  readonly calls: Call[]
  /** Appends entries to the log, and rings the doorbell. */
  append(count: number): void
  /** Moves the clock forward. */
  pass(ms: number): void
  get(path: string, options?: Asked): Promise<Response>
  post(path: string, body: Json, options?: Asked): Promise<Response>
  close(): Promise<void>
}

/** How a request differs from the default one. */
export interface Asked {
  readonly as?: Person | null
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** The settings of a test. `answer` is the gate's answer. */
export interface TestWorld {
  readonly answer?: (call: Call) => Promise<CallAnswer>
  readonly limits?: Partial<HttpLimits>
  readonly probes?: readonly HealthProbe[]
  readonly mayRead?: (principal: PrincipalId, executionId: ExecutionId | null) => boolean
  /** What a stream shows, read at each decision; everything when absent. */
  readonly reach?: () => Reach
  /** When a decision about a stream ends; never when absent. */
  readonly until?: () => Time
}

/** Starts one on a free port. */
export async function startTestServer(world: TestWorld = {}): Promise<TestServer> {
  let now = start
  const clock = { now: () => now }
  const store = memoryStore(Environment.parse("test"), clock.now)
  const { directory } = store
  for (const person of Object.keys(people) as Person[]) await settle(directory, person)
  const lines: string[] = []
  const calls: Call[] = []
  const log = openLog()
  let drawn = 0
  const metrics = openMetrics({
    contract: [],
    route: routeTemplates(registry),
    component: [],
    subject: [],
    version: [],
  })
  const health = openHealth({ probes: world.probes ?? [], clock, changed: () => {} })
  const server = await startHttp({
    gate: {
      call: (call) => {
        calls.push(call)
        return (world.answer ?? accepted)(call)
      },
    },
    directory,
    governing: (tenant, change) => store.governing(tenant, change),
    store: log,
    doorbell: log,
    registry,
    clock,
    metrics,
    health,
    random: {
      bytes: (count) => new Uint8Array(count).fill(0).map((_, i) => (i === 0 ? ++drawn : drawn >> 8)),
      unit: () => 0,
    },
    limits: { ...httpLimits, ...world.limits },
    logger: openLogger(
      {
        write: (line: string) => {
          lines.push(line)
        },
      },
      "info",
    ),
    mayRead: async (caller, execution) => {
      if (world.mayRead?.(caller.principal, execution) !== false)
        return ok({ reach: world.reach?.() ?? null, until: world.until?.() ?? null })
      return err(
        execution === null
          ? refuse("GRANT_MISSING", { principal: caller.principal, capability: traceGet.capability })
          : refuse("NOT_FOUND", { type: "Execution" }),
      )
    },
    places: placeCodec(new Uint8Array(32)),
    version: SemVer.parse("0.0.0"),
    addressOf: contractAddresses(() => publicUrl),
    asyncApi,
    host: "127.0.0.1",
    port: 0,
  })
  const ask = (
    method: string,
    path: string,
    { as = "olga", headers = {}, signal }: Asked,
    body?: string,
  ): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${tokens[as]}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    })
  return {
    server,
    url: server.url,
    directory,
    metrics,
    lines,
    calls,
    append: log.append,
    pass: (ms) => {
      now = addMs(now, ms)
    },
    get: (path, options = {}) => ask("GET", path, options),
    post: (path, body, options = {}) => ask("POST", path, options, JSON.stringify(body)),
    close: async () => {
      health.close()
      await server.close()
    },
  }
}

/** A final or open answer of `intent.submit`, as the gate of a test gives it. */
export const submitted: { readonly [field: string]: Json } = {
  executionId,
  intentId: `int_${idNumber(9)}`,
  status: "waiting",
  version: 4,
  duplicate: false,
  receivedAt: start,
  requiresApproval: true,
  url: `http://127.0.0.1:7420/v1/executions/${executionId}`,
  held: [],
  head: { seq: 4, hash: `sha256:${"0".repeat(64)}` },
}
const accepted = async (): Promise<CallAnswer> => ({ kind: "answer", body: submitted, final: false })

async function settle(directory: Directory, person: Person): Promise<void> {
  const { id, kind, tenant, roles } = people[person]
  await directory.addPrincipal({
    id,
    tenant,
    kind,
    name: person,
    enabled: true,
    owner: null,
    roles: [],
    addedAt: start,
    addedBy: null,
  })
  for (const role of roles)
    await directory.giveRole(
      tenant,
      GrantId.parse(`grn_${id.slice("hum_".length)}`),
      id,
      RoleName.parse(role),
      addMs(start, 1e12),
    )
  const assurance: Assurance = "session"
  await directory.addToken({
    hash: tokenHash(tokens[person]),
    session: sessionOf(person),
    tenant,
    principal: id,
    label: "test",
    assurance,
    createdAt: start,
    expiresAt: addMs(start, 3_600_000),
    revokedAt: null,
    mintedBy: null,
    origin: null,
    use: "session",
    refusedAt: null,
  })
}

/** A growing trace of one execution, in the form of the two ports that streams read. */
function openLog() {
  const listeners = new Set<(executionId: ExecutionId) => void>()
  let entries: readonly TraceEntry[] = []
  const environment = Environment.parse("test")
  const principal = { id: people.robot.id, kind: "agent" as const }
  const by = {
    principal,
    onBehalfOf: null,
    session: null,
    capabilitySource: null,
    breakGlassId: null,
    traceparent: null,
  }
  const all = (): readonly SequencedEntry[] => entries.map((entry, i) => ({ position: i + 1, entry }))
  const doorbell: Pick<Doorbell, "listen"> = {
    listen: (heard) => {
      listeners.add(heard)
      return () => {
        listeners.delete(heard)
      }
    },
  }
  return {
    ...doorbell,
    append: (count: number): void => {
      const last = entries.at(-1)
      const after =
        last === undefined
          ? emptyHead(environment, acme, executionId)
          : { seq: last.head.seq, hash: last.hash }
      const drafts = Array.from({ length: count }, () => ({
        kind: "controlPlane.execution.resumed@1" as const,
        payload: { cause: "operator" as const },
        by,
      }))
      const place = {
        environment,
        tenant: acme,
        executionId,
        after,
        fence: Fence.parse(0),
        time: start,
        kindDigest: () => Digest.parse(`sha256:${"1".repeat(64)}`),
      }
      entries = [...entries, ...sealEntries(place, drafts)]
      for (const heard of listeners) heard(executionId)
    },
    sequenced: async (
      tenant: TenantId,
      position: number,
      limit: number,
      reach: Reach | null,
    ): Promise<readonly ReachedEntry[]> =>
      tenant !== acme
        ? []
        : all()
            .slice(position, position + limit)
            .map(({ entry, ...at }) => ({
              ...at,
              entry: isWithin(reach, { executionId, requester: principal.id, onBehalfOf: null })
                ? entry
                : null,
            })),
    logEnd: async (tenant: TenantId): Promise<number> => (tenant === acme ? entries.length : 0),
    execution: async (tenant: TenantId, id: ExecutionId) => {
      const last = entries.at(-1)
      return tenant === acme && id === executionId && last !== undefined
        ? { head: { seq: last.head.seq, hash: last.hash } }
        : null
    },
    trace: async (
      tenant: TenantId,
      id: ExecutionId,
      range?: { readonly fromSeq: number; readonly limit: number },
    ) =>
      tenant !== acme || id !== executionId
        ? []
        : range === undefined
          ? entries
          : entries.slice(range.fromSeq - 1, range.fromSeq - 1 + range.limit),
  }
}
