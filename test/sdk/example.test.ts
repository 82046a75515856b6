// The agent that docs/AGENTS.md shows, run as a reader runs it: once over HTTP and once over NATS.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { must } from "@counterfoil/cli"
import { rootFolder } from "../architecture/source-tree.ts"
import { fencedBlock } from "../docs/run-blocks.ts"
import { approve, openRequests } from "../support/asking.ts"
import { effectRef } from "../support/effect-handlers.ts"
import { until } from "../support/until.ts"
import { startAgentWorld, type AgentWorld } from "./agent-world.ts"
import { doors } from "./doors.ts"

const file = fileURLToPath(new URL("../docs/examples/agent.ts", import.meta.url))
let world: AgentWorld
beforeAll(async () => {
  world = await startAgentWorld("example", "PT5S")
}, 60_000)
afterAll(() => world.close())

describe("the agent in docs/AGENTS.md", () => {
  test("is shown as it is", () => {
    const source = readFileSync(file, "utf8")
    const page = readFileSync(join(rootFolder, "docs", "AGENTS.md"), "utf8")
    expect(fencedBlock(page, "ts agent")).toBe(source.slice(source.indexOf("\n\n") + 2))
  })

  test.each(doors)("waits through an approval over $name and prints its result", async (door) => {
    const key = `example-${door.name}`
    const input = JSON.stringify({ label: key, point: "none" })
    const child = spawn(process.execPath, [file, effectRef("probeable"), input, key], {
      env: {
        ...process.env,
        COUNTERFOIL_URL: door.url(world, world.plane.started.tenant),
        COUNTERFOIL_TOKEN: world.bot.token,
      },
      stdio: ["ignore", "pipe", "pipe"],
    })
    const ended = once(child, "exit")
    const printed = text(child.stdout)
    const item = await until("request", 15_000, async () => {
      const items = await openRequests(world.plane.url, world.ana)
      return items[0] ?? null
    })
    await must(approve(world.plane.url, world.ana, item))
    expect(await printed).toBe(`{"label":"${key}"}\n`)
    expect(await ended).toEqual([0, null])
  })
})

describe("the call in README.md", () => {
  const call = fileURLToPath(new URL("../docs/examples/submit-and-wait.ts", import.meta.url))
  test.each(doors)("over $name ends its process once it has its answer", async (door) => {
    const child = spawn(process.execPath, [call], {
      env: {
        ...process.env,
        COUNTERFOIL_URL: door.url(world, world.plane.started.tenant),
        // Without a grant for it: the answer does not matter here.
        COUNTERFOIL_TOKEN: world.bot.token,
      },
      stdio: ["ignore", "pipe", "inherit"],
    })
    try {
      const ended = once(child, "exit", { signal: AbortSignal.timeout(20_000) })
      expect(await text(child.stdout)).toBe("planRejected\n")
      expect(await ended).toEqual([0, null])
    } finally {
      child.kill("SIGKILL")
    }
  })
})
