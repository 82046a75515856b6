// A Restate server in a folder of its own, with the service of three steps registered in it.
// Owns: the server, its ports, the registration. Does not own: the service (peers/restate.mjs), nor the client.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { z } from "zod"
import { freePort } from "../../support/nats-server.ts"
import { until } from "../../support/until.ts"
import { peerProgram, peersFolder } from "./install-peers.ts"
import { openSide } from "./side.ts"

/** A running one. `pids` are all of its processes: the server and the service that it calls. */
export interface Restate {
  readonly url: string
  readonly pids: readonly number[]
  close(): Promise<void>
}

const readyWithinMs = 120_000

/** Starts one with so many partitions; null takes its own default. Throws what keeps it from starting. */
export async function openRestate(partitions: number | null): Promise<Restate> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-restate-"))
  const [node, ingress, admin] = [await freePort(), await freePort(), await freePort()]
  const server = spawn(program(), ["--base-dir", folder, "--node-name", "bench"], {
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "warn",
      ...(partitions === null ? {} : { RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions) }),
    },
  })
  const kill = (): void => {
    server.kill("SIGKILL")
  }
  // It would outlive a run that was cut off.
  process.once("exit", kill)
  const end = async (): Promise<void> => {
    process.off("exit", kill)
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, "exit")
      kill()
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const service = await openSide(new URL("restate.mjs", peersFolder), [], z.object({ url: z.string() }))
    const url = `http://127.0.0.1:${ingress}`
    await until("answer of restate-server", readyWithinMs, () => {
      if (server.exitCode !== null) throw new Error(`restate-server ended with ${server.exitCode}`)
      return registered(`http://127.0.0.1:${admin}`, service.ready.url, url)
    }).catch(async (error: unknown) => {
      await service.close()
      throw error
    })
    return {
      url,
      pids: [server.pid ?? 0, service.pid],
      close: async () => {
        await end()
        await service.close()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** The server's program, beside the package that chooses it. */
function program(): string {
  const chooser = createRequire(realpathSync(peerProgram("@restatedev", "restate-server", "package.json")))
  return chooser.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`)
}

/** Registers the service and asks it once; null while the server is not ready. */
async function registered(admin: string, service: string, ingress: string): Promise<true | null> {
  const made = await post(`${admin}/deployments`, { uri: service, force: true })
  if (made === null || !made.ok) return null
  const answer = await post(`${ingress}/three/run`, { text: "ready", count: 0 })
  return answer?.ok === true ? true : null
}

const post = (url: string, body: object): Promise<Response | null> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(readyWithinMs),
  }).catch(() => null)
