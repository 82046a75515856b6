// The server's own refusals: each user of a generated configuration connects and tries every kind of subject.
// What is printed is what the server answered, not what the table of roles says.

import { readFileSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, PermissionViolationError, type NatsConnection } from "@nats-io/transport-node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startAll, type Started } from "@counterfoil/server/process"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  ExecutionId,
  intentSubmit,
  makeRegistry,
  TenantId,
} from "@counterfoil/contracts"
import {
  callSubject,
  eventSubject,
  eventSubjects,
  inboxPrefixOf,
  natsCalls,
  natsHeaders,
  natsStreams,
  submitSubject,
} from "@counterfoil/contracts/nats"
import { counterfoil } from "../cli/program.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { natsServerPath, startNatsServer, type NatsServer } from "../support/nats-server.ts"
import { addSomeone } from "../support/people.ts"
import { until } from "../support/until.ts"
import { askNats, untilAnswered } from "./nats-plane.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const acme = TenantId.parse("acme")
const globex = TenantId.parse("globex")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5zz")
const users = ["acme-agent", "acme-listener", "acme-operator", "control-plane", "migration"] as const
type User = (typeof users)[number]

/** Every call by name, then everything else that a user might try. */
const publishes: readonly (readonly [what: string, subject: string])[] = [
  ...natsCalls(registry).map(
    ({ name, contract }) => [`call ${name}`, callSubject(acme, contract.ref)] as const,
  ),
  ["an unknown call", "controlPlane.v1.acme.call.no.such.v1"],
  ["another tenant's intent.submit", callSubject(globex, intentSubmit.ref)],
  ["durable submit", submitSubject(acme)],
  ["another tenant's durable submit", submitSubject(globex)],
  ["a forged event", eventSubject(acme, executionId, "controlPlane.execution.completed")],
  ["a forged verdict", eventSubject(acme, executionId, "controlPlane.policy.decided")],
  ["another tenant's event", eventSubject(globex, executionId, "controlPlane.execution.completed")],
  ["the doorbell", "counterfoil.doorbell"],
  ["discovery", "$SRV.PING"],
  ["a pull of submissions", `$JS.API.CONSUMER.MSG.NEXT.${natsStreams.submit.name}.counterfoil-submit`],
  ["an acknowledgement", `$JS.ACK.${natsStreams.submit.name}.counterfoil-submit.1.1.1.1.0`],
  ["making the event stream", `$JS.API.STREAM.CREATE.${natsStreams.events.name}`],
  ["changing the queue of submissions", `$JS.API.STREAM.UPDATE.${natsStreams.submit.name}`],
  ["changing the event stream", `$JS.API.STREAM.UPDATE.${natsStreams.events.name}`],
  ["deleting the event stream", `$JS.API.STREAM.DELETE.NONE_SUCH`],
  ["reading the event stream", `$JS.API.STREAM.MSG.GET.${natsStreams.events.name}`],
  ["another user's inbox", "_INBOX.acme-operator.x"],
  ["a system subject", "$SYS.REQ.SERVER.PING"],
]
const subscribes: readonly (readonly [what: string, subject: string])[] = [
  ["its own inbox", "own"],
  ["another user's inbox", "other"],
  ["every inbox", "_INBOX.>"],
  ["events of its tenant", "controlPlane.v1.acme.event.>"],
  ["events of another tenant", "controlPlane.v1.globex.event.>"],
  ["events of every tenant", "controlPlane.v1.*.event.>"],
  ["calls of its tenant", "controlPlane.v1.acme.call.>"],
  ["calls of every tenant", "controlPlane.v1.*.call.>"],
  ["durable submissions", "controlPlane.v1.acme.submit"],
  ["durable submissions of every tenant", "controlPlane.v1.*.submit"],
  ["everything", ">"],
  ["the doorbell", "counterfoil.doorbell"],
  ["discovery", "$SRV.PING"],
  ["acknowledgements", "$JS.ACK.>"],
  ["system subjects", "$SYS.>"],
]

describe.skipIf(natsServerPath() === null)("a nats-server with a generated configuration", () => {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-nats-config-"))
  let server: NatsServer
  let started: Started
  let data: DataFolder
  let port: number
  let exit: number | null = null
  const addresses = new Map<string, string>()
  const connections = new Map<User, NatsConnection>()

  beforeAll(async () => {
    port = await freePort()
    const listen = `127.0.0.1:${port}`
    const made = await counterfoil(["nats", "config", folder, "--tenant", "acme,globex", "--listen", listen])
    for (const line of readFileSync(join(folder, "nats-addresses.txt"), "utf8").trim().split("\n")) {
      const [user = "", address = ""] = line.split(" ")
      addresses.set(user, address)
    }
    server = await startNatsServer(join(folder, "nats-server.conf"))
    for (const user of users) connections.set(user, await connectAs(user))
    exit = made.code
    data = newDataFolder("nats-permissions")
    started = await startAll(
      { data: data.path, host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "error" },
      { NATS_URL: serverAddress("control-plane"), COUNTERFOIL_TENANT: "acme" },
    )
    await untilAnswered(as("acme-agent"))
  }, 60_000)
  afterAll(async () => {
    for (const connection of connections.values()) await connection.close()
    await started.close()
    data.remove()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The address of a user on the port that the test's server took. */
  const serverAddress = (user: string): string => {
    const address = new URL(addresses.get(user) ?? "")
    address.port = new URL(server.url).port
    return address.href
  }
  const connectAs = async (user: User): Promise<NatsConnection> => {
    const { username, password, hostname, port: taken } = new URL(serverAddress(user))
    return connect({
      servers: `${hostname}:${taken}`,
      user: username,
      pass: password,
      inboxPrefix: inboxPrefixOf(user),
    })
  }
  const as = (user: User): NatsConnection => {
    const connection = connections.get(user)
    if (connection === undefined) throw new Error(`${user} is not connected`)
    return connection
  }

  test("INV-13 only the owner can read the passwords, and the server's file has hashes alone", async () => {
    expect(exit).toBe(0)
    const config = readFileSync(join(folder, "nats-server.conf"), "utf8")
    for (const address of addresses.values()) expect(config).not.toContain(new URL(address).password)
    for (const file of ["nats-server.conf", "nats-addresses.txt"])
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
    await expect(
      config
        .replaceAll(/\$2a\$08\$[A-Za-z0-9./]{53}/g, "<hash>")
        .replaceAll(folder, "<folder>")
        .replace(String(port), "<port>"),
    ).toMatchFileSnapshot("nats-server.golden.txt")
  })

  test("a second run replaces nothing, and no client connects without a password", async () => {
    expect((await counterfoil(["nats", "config", folder])).code).toBe(6)
    await expect(connect({ servers: server.url.replace("nats://", "") })).rejects.toThrow(/[Aa]uthorization/)
  })

  test("each role can use its subjects and no other", async () => {
    const columns: string[][] = []
    for (const user of users) {
      const tried = await Promise.all([
        ...publishes.map(([, subject]) => mayPublish(as(user), subject)),
        ...subscribes.map(([, subject]) => maySubscribe(as(user), inboxOr(subject, user))),
      ])
      columns.push(tried.map((may) => (may ? "yes" : ".")))
    }
    const rows = [
      ...publishes.map(([what]) => `publish ${what}`),
      ...subscribes.map(([what]) => `subscribe to ${what}`),
    ]
    const width = Math.max(...rows.map((row) => row.length)) + 2
    const line = (what: string, cells: readonly string[]) =>
      `${what.padEnd(width)}${cells.map((cell, at) => cell.padEnd((users[at]?.length ?? 0) + 2)).join("")}`.trimEnd()
    const text = [
      line("", users),
      ...rows.map((row, at) =>
        line(
          row,
          columns.map((column) => column[at] ?? "?"),
        ),
      ),
    ].join("\n")
    await expect(`${text}\n`).toMatchFileSnapshot("permissions.golden.txt")
  }, 60_000)

  test("an agent submits, waits and reads by its own user alone", async () => {
    const agent = await addSomeone(started, {
      kind: "agent",
      name: "robot",
      capabilities: ["control-plane.core", "text.compute"],
    })
    const reply = await askNats(
      as("acme-agent"),
      callSubject(acme, intentSubmit.ref),
      JSON.stringify({
        key: "hello",
        as: { contract: "text.template.render@1", input: { template: "Hello", values: {} } },
      }),
      { [natsHeaders.authorization]: `Bearer ${agent.token}`, [natsHeaders.prefer]: "wait=20" },
    )
    expect(reply.body).toMatchObject({ status: "completed", output: { text: "Hello" } })
  })

  test("the answer to a durable submission forges, empties and acknowledges nothing, wherever its sender lets it go", async () => {
    const manager = await jetstreamManager(as("migration"), { checkAPI: false })
    const events = async () => (await manager.streams.info(natsStreams.events.name)).state
    const before = await events()
    const heard: string[] = []
    const hear = (user: User, subject: string) =>
      as(user).subscribe(subject, {
        callback: (_error, message) => {
          heard.push(message.subject)
        },
      })
    const spies = [hear("control-plane", "counterfoil.doorbell"), hear("acme-listener", eventSubjects(acme))]
    await Promise.all([as("control-plane").flush(), as("acme-listener").flush()])
    for (const reply of [
      "counterfoil.doorbell",
      eventSubject(acme, executionId, "controlPlane.execution.completed"),
      eventSubject(globex, executionId, "controlPlane.execution.completed"),
      `$JS.API.STREAM.PURGE.${natsStreams.events.name}`,
      `$JS.API.STREAM.MSG.DELETE.${natsStreams.events.name}`,
    ])
      as("acme-agent").publish(submitSubject(acme), "hello", { reply })
    // Kept behind the others, so acknowledged behind them.
    const kept = await as("acme-agent").request(submitSubject(acme), "hello")
    expect(kept.json()).toMatchObject({ stream: natsStreams.submit.name })
    await Promise.all([as("control-plane").flush(), as("acme-listener").flush()])
    // Events of earlier requests may still arrive meanwhile.
    expect(heard.filter((subject) => subject.includes(executionId) || !subject.includes(".event."))).toEqual(
      [],
    )
    const { first_seq, num_deleted } = before
    expect(await events()).toMatchObject({ first_seq, ...(num_deleted === undefined ? {} : { num_deleted }) })
    for (const spy of spies) spy.unsubscribe()
  })

  test("INV-14 the control plane makes its own streams, and cannot change, purge or delete one, nor make another; the migration can", async () => {
    const mine = await jetstreamManager(as("control-plane"), { checkAPI: false, timeout: 1_000 })
    const { name } = natsStreams.events
    const theirs = await jetstreamManager(as("migration"), { checkAPI: false })
    for (const forbidden of [
      () => mine.streams.update(name, { subjects: ["mine"] }),
      () => mine.streams.delete(name),
      () => mine.streams.purge(natsStreams.submit.name),
      () => mine.streams.add({ name: "MINE", subjects: ["mine"] }),
      () => mine.consumers.delete(natsStreams.submit.name, "counterfoil-submit"),
    ])
      await expect(forbidden()).rejects.toThrow(/permission|timeout/i)
    // The store is lost while it works.
    for (const stream of Object.values(natsStreams)) await theirs.streams.delete(stream.name)
    const anew = await until("streams and consumer made anew", 30_000, () =>
      Promise.all([
        theirs.streams.info(name),
        theirs.consumers.info(natsStreams.submit.name, "counterfoil-submit"),
      ]).catch(() => null),
    )
    expect(anew[0].config.subjects).toEqual(natsStreams.events.subjects)
  }, 60_000)
})

const inboxOr = (subject: string, user: User): string => {
  if (subject === "own") return `${inboxPrefixOf(user)}.x`
  if (subject === "other") return `${inboxPrefixOf(user === "acme-agent" ? "acme-operator" : "acme-agent")}.>`
  return subject
}

/** Whether the server takes it. Its refusal comes before the answer to a ping that was sent behind the message. */
async function mayPublish(connection: NatsConnection, subject: string): Promise<boolean> {
  const refused = refusals(connection)
  connection.publish(subject, "", { reply: "_INBOX.nobody" })
  await connection.flush()
  return !(await refused.stop()).includes(`publish ${subject}`)
}

async function maySubscribe(connection: NatsConnection, subject: string): Promise<boolean> {
  const subscription = connection.subscribe(subject, { callback: () => undefined })
  await connection.flush()
  const may = !subscription.isClosed()
  if (may) subscription.unsubscribe()
  return may
}

/** The permissions that the server refuses from now on. */
function refusals(connection: NatsConnection) {
  const seen: string[] = []
  const stopped = new AbortController()
  const following = (async () => {
    for await (const told of connection.status()) {
      if (stopped.signal.aborted) return
      if (told.type === "error" && told.error instanceof PermissionViolationError)
        seen.push(`${told.error.operation} ${told.error.subject}`)
    }
  })()
  void following
  return {
    stop: async () => {
      // Events are passed on in turns of the event loop, not at once.
      await new Promise((resolve) => setImmediate(resolve))
      stopped.abort()
      return seen
    },
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0)
      })
    })
  })
