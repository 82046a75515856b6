// `npm start` as a newcomer meets it, on a folder of its own: ready, stopped, resumed, refused, killed, finished.
// Everything is seen from outside: what the program prints, what HTTP answers, what is in the git repository.

import { execFileSync } from "node:child_process"
import { createPrivateKey } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { approveAs, call, must, type Someone } from "@counterfoil/cli"
import { Time, type ApprovalItem } from "@counterfoil/contracts"
import { openRequests, readExecution } from "../support/asking.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { runProgram, type Program } from "../support/program.ts"
import { until } from "../support/until.ts"

const folder = newDataFolder("start")
const data = join(folder.path, "data")
const home = join(folder.path, "home")
const origin = "counterfoil://development/local"
const start = () => runProgram(["start", "--demo", "--data", data, "--port", "0"], home)
/** Until the demo's intent is shown: by then everything is ready. */
const ready = async (program: Program) => {
  const url = await program.says(/^ready {2}(http:\S+)/m, 60_000)
  await program.says(/^next:/m, 30_000)
  return url
}

let running: Program | null = null
const begin = async () => {
  running = start()
  return { program: running, url: await ready(running) }
}
const stop = async (program: Program) => {
  program.signal("SIGINT")
  return program.ended
}

afterAll(async () => {
  if (running !== null) await stop(running)
  folder.remove()
})

const person = (name: "ana" | "ben"): Someone => ({
  name,
  token: readFileSync(join(data, "demo", `${name}.token`), "utf8").trim(),
  key: createPrivateKey(readFileSync(join(data, "demo", `${name}.key`), "utf8")),
})

async function approveSigned(url: string, name: "ana" | "ben", item: ApprovalItem): Promise<void> {
  const who = person(name)
  const { principal } = await must(call<{ readonly principal: string }>(url, who, "GET", "/whoami"))
  await must(approveAs(url, who, item, origin, principal, Time.parse(new Date().toISOString())))
}

const requestFor = (url: string, stepKey: string) =>
  until(`request for ${stepKey}`, 60_000, async () => {
    const items = await openRequests(url, person("ana"))
    return items.find((item) => item.stepKey === stepKey) ?? null
  })

/** The commits and tags of the demo's repository that have an idempotency key. */
function effects(): { readonly commits: number; readonly tags: number } {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "safe.directory=*", "-C", join(data, "demo", "repository"), ...args], {
      encoding: "utf8",
    })
  const lines = (text: string) => text.split("\n").filter((line) => line !== "")
  return {
    commits: lines(git("log", "--grep", "^Counterfoil-Key:", "--oneline")).length,
    tags: lines(git("tag", "--list")).length,
  }
}

/** Processes whose command line names the folder. */
const processes = (): readonly string[] =>
  execFileSync("ps", ["-A", "-o", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(data) && !line.includes("ps -A"))

describe("npm start", { timeout: 150_000 }, () => {
  let executionId = ""

  test("INV-13 says where it listens and the owner's token once, holds the demo's work, and leaves nothing running", async () => {
    const { program, url } = await begin()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(program.printed().match(/cft_[A-Za-z0-9_-]{43}/g)).toHaveLength(1)
    executionId = await program.says(/exec show (exe_\w+)/, 5_000)
    expect(processes().length).toBeGreaterThan(1)
    expect(await stop(program)).toBe(0)
    expect(processes()).toEqual([])
    expect(existsSync(join(data, "postgres", "postmaster.pid"))).toBe(false)
    expect(effects()).toEqual({ commits: 0, tags: 0 })
  })

  test("INV-14 a second start resumes the same execution and shows no token again", async () => {
    const { program, url } = await begin()
    expect(program.printed()).not.toContain("cft_")
    expect(await program.says(/exec show (exe_\w+)/, 5_000)).toBe(executionId)
    expect((await requestFor(url, "commit")).executionId).toBe(executionId)
  })

  test("a second start on the same folder is refused, and names the process that holds it", async () => {
    const second = start()
    expect(await second.ended).toBe(1)
    expect(second.printed()).toContain(String(running?.pid))
  })

  test("INV-03 killed at every stage and started again, it finishes with one commit and one tag", async () => {
    const kill = async () => {
      running?.signal("SIGKILL")
      await running?.ended
      return begin()
    }
    let { url } = await kill()
    await must(
      approveAs(
        url,
        person("ana"),
        await requestFor(url, "commit"),
        origin,
        "",
        Time.parse(new Date().toISOString()),
      ),
    )
    ;({ url } = await kill())
    const tag = await requestFor(url, "tag")
    await approveSigned(url, "ana", tag)
    ;({ url } = await kill())
    await approveSigned(url, "ben", tag)
    ;({ url } = await kill())
    await until("end of the release", 90_000, async () => {
      const { status } = await readExecution(url, person("ana"), executionId)
      return status === "completed" ? status : null
    })
    expect(effects()).toEqual({ commits: 1, tags: 1 })
  })
})

describe("npm run demo", { timeout: 90_000 }, () => {
  test("plays the whole story without a keyboard and exits 0", async () => {
    const program = runProgram(["demo"], home)
    const code = await program.ended
    expect([code, code === 0 ? "" : program.printed()]).toEqual([0, ""])
    expect(program.printed()).toContain("identical")
  })
})
