// Runs `counterfoil start`.
// Owns: its output and signals. Does not own: starting (start.ts), the exit code of an error (run-cli.ts), the demo's people (demo/workspace.ts).
// Keeps INV-13: the owner's token is printed once, on standard error, and nowhere else.

import { setTimeout as delay } from "node:timers/promises"
import type { ExecutionView, Submitted } from "@counterfoil/contracts"
import { configFolder, readContexts, writeContexts } from "../settings/contexts.ts"
import { call, must } from "../demo/demo-client.ts"
import { demoRepository, prepareRepository, prepareWorkspace, type Workspace } from "../demo/workspace.ts"
import { readPorts, startAll, type Started, stopSignal } from "@counterfoil/server/process"

/** Flags as they were typed; null for one that was not given. */
interface StartFlags {
  readonly data: string | null
  readonly port: string | null
  readonly metricsPort: string | null
  readonly host: string | null
  readonly demo: boolean
  readonly removeContracts: boolean
  readonly noInput: boolean
}

/** The default folder of an embedded installation. */
const dataDefault = "./.counterfoil"
/** The default address to listen on: loopback. */
export const hostDefault = "127.0.0.1"

/** Runs until a signal. Returns 0 after a clean stop, 1 when it lost its database. Throws when it could not start. */
export async function startCommand(flags: StartFlags): Promise<0 | 1> {
  const data = flags.data ?? dataDefault
  const host = flags.host ?? hostDefault
  const begunMs = performance.now()
  // Handle signals from the beginning, so that a stop during the start leaves nothing running.
  const stopped = stopSignal()
  const ports = readPorts(flags.port, flags.metricsPort)
  if (flags.demo) prepareRepository(data)
  const started = await startAll(
    {
      data,
      host,
      ...ports,
      keepsContracts: !flags.removeContracts,
      logLevel: "warn",
    },
    process.env,
  )
  greet(started, begunMs)
  if (flags.demo)
    await orClosed(started, async () => await showWork(started, await workspaceOf(started, data)))
  const why = await Promise.race([
    stopped.then(() => "signal" as const),
    started.lost.then(() => "lost" as const),
  ])
  say(why === "signal" ? "stopping; work goes on at the next start" : "the database has ended; stopping")
  await started.close()
  return why === "signal" ? 0 : 1
}

/** Stops everything when `work` fails after the start. */
async function orClosed(started: Started, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await started.close()
    throw error
  }
}

function greet({ plane, ownerToken, database }: Started, begunMs: number): void {
  say(`counterfoil  ${database}, 1 worker   (embedded is not for production: set DATABASE_URL)`)
  say(`ready  ${plane.url}   ${((performance.now() - begunMs) / 1000).toFixed(1)}s`)
  if (ownerToken !== null)
    say(
      `owner token, shown once: ${ownerToken}      ends in 24 hours; to store one: npx counterfoil login --token-file -`,
    )
}

function workspaceOf({ plane, tenant }: Started, dataDir: string): Promise<Workspace> {
  return prepareWorkspace({
    url: plane.url,
    dataDir,
    directory: plane.store.directory,
    random: plane.random,
    tenant,
    now: plane.store.clock.now(),
  })
}

/** Submits the release (once, for any number of starts), and prints its status and what to type next. */
async function showWork({ plane }: Started, { repository, people }: Workspace): Promise<void> {
  signIn(plane.url, people.owner)
  const submitted = await must(
    call<Submitted>(plane.url, people.agent, "POST", "/intents", {
      key: "demo-release-0.1.0",
      as: { contract: "git.release.cut@1", input: { repository: demoRepository, version: "0.1.0" } },
    }),
  )
  say(
    `\n${submitted.duplicate ? "release-agent submitted again, with the same key: nothing new was done" : "release-agent asked to cut release 0.1.0"} of ${repository}`,
  )
  say(await restingTree(plane.url, people.owner.token, submitted.executionId))
  say(
    [
      "",
      "next:",
      "  npx counterfoil queue list                 what waits for you, and why",
      "  npx counterfoil approve <approval>         decide it",
      `  npx counterfoil exec show ${submitted.executionId}`,
      "  npx counterfoil replay --last              derive every decision again",
      "  npm run demo                               the whole story without a keyboard",
      "",
    ].join("\n"),
  )
}

/** The tree of an execution once it waits or has ended, or its state after some seconds. */
async function restingTree(url: string, token: string, executionId: string): Promise<string> {
  const giveUpAt = performance.now() + restMsMax
  for (;;) {
    const { status, tree = "" } = await must(
      call<Pick<ExecutionView, "status" | "tree">>(
        url,
        { token },
        "GET",
        `/executions/${executionId}?include=tree`,
      ),
    )
    if (!["received", "planned", "running"].includes(status) || performance.now() > giveUpAt) return tree
    await delay(lookEveryMs)
  }
}

/** The longest wait for the demo's first steps, which start a program and a thread. */
const restMsMax = 10_000
const lookEveryMs = 50

/**
 * Stores the server as the context `local` of this user, or with its port in the name when `local` is another server; other contexts
 * are not changed.
 */
function signIn(url: string, { token, id }: { readonly token: string; readonly id: string }): void {
  const folder = configFolder(process.env)
  const { current, byName } = readContexts(folder)
  const isFree = (byName.get("local")?.url ?? url) === url
  const name = isFree ? "local" : `local-${new URL(url).port}`
  writeContexts(folder, {
    current: current ?? name,
    byName: new Map([...byName, [name, { url, token, principal: id }]]),
  })
  if (!isFree) say(`stored as ${name}; use it with: npx counterfoil context use ${name}`)
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
