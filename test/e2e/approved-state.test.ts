// What people approve is what runs: files that change between the request, the approval and the dispatch, over HTTP, with the
// built-in git and process handlers in real folders.

import { execFileSync } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { approveAs, call, must } from "@counterfoil/cli"
import {
  addMs,
  CapabilityName,
  ContractRef,
  type ApprovalItem,
  type ExecutionView,
  type Json,
  type Submitted,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { openReplay, readBundle } from "@counterfoil/replay"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let plane: TestPlane
let agent: Person
let ana: Person
let signers: readonly Person[] = []
let folder: string
const site = () => join(folder, "site")
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=Mia", "-c", "user.email=mia@example.com", ...args], {
    cwd: site(),
    encoding: "utf8",
    env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  }).trimEnd()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-approved-"))
  mkdirSync(site())
  git("init", "-q", "-b", "main")
  writeFileSync(join(site(), "page.txt"), "before\n")
  writeFileSync(join(site(), "deploy.sh"), `echo deployed >> ${join(folder, "ran")}\n`)
  git("add", ".")
  git("commit", "-qm", "Begin")
  const capabilities = [
    "control-plane.core",
    "git.write",
    "git.read",
    "text.compute",
    "process.run",
    "control-plane.audit",
  ]
  plane = await startTestPlane("approved-state", "PT20S", () => Promise.resolve(), {
    handlers: {
      git: {
        author: { name: "Bot", email: "bot@example.com" },
        repositories: { site: { path: site(), branch: "main" } },
      },
      process: { commands: { deploy: { program: "/bin/sh", args: ["deploy.sh"], cwd: site() } } },
    },
  })
  agent = await addSomeone(plane.started, { kind: "agent", name: "bot", capabilities })
  const reviewing = [
    "control-plane.core",
    "control-plane.approval",
    "control-plane.audit",
    "control-plane.operations",
  ]
  ana = await addSomeone(plane.started, {
    kind: "human",
    name: "ana",
    roles: ["approver", "operator"],
    capabilities: reviewing,
  })
  signers = await Promise.all(
    ["ben", "cara"].map(async (name) => {
      const person = await addSomeone(plane.started, {
        kind: "human",
        name,
        roles: ["approver"],
        capabilities: reviewing,
      })
      const { privateKey: key, publicKey } = generateKeyPairSync("ed25519")
      const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64")
      await must(call(plane.url, person, "POST", "/review-keys", { spki }))
      return { ...person, key }
    }),
  )
})
afterAll(async () => {
  await plane.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = (key: string, contract: string, input: Json) =>
  must(call<Submitted>(plane.url, agent, "POST", "/intents", { key, as: { contract, input } }))
const commitOf = (message: string): Json => ({ repository: "site", message, paths: ["page.txt"] })
const held = (executionId: string) =>
  until("request", 15_000, async () => (await openRequests(plane.url, ana, executionId))[0] ?? null)
const reaches = (executionId: string, status: ExecutionView["status"]) =>
  until(`execution that is ${status}`, 15_000, async () => {
    const view = await readExecution(plane.url, ana, executionId)
    return view.status === status ? view : null
  })
const stepOf = (view: ExecutionView, key: string) => view.steps?.find((step) => step.key === key)
/** The agent's way to change a file: by itself, at once, without a review. */
async function agentWrites(key: string, path: string, content: string): Promise<void> {
  const { executionId } = await ask(key, "git.file.write@1", {
    repository: "site",
    path,
    content,
    place: "whole",
  })
  await reaches(executionId, "completed")
}
async function replayed(executionId: string): Promise<string> {
  const { bundle } = await must(
    call<{ readonly bundle: string }>(plane.url, ana, "POST", `/executions/${executionId}/evidence`, {
      payloads: "all",
    }),
  )
  const read = readBundle(new TextEncoder().encode(bundle))
  const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!read.ok || !engine.ok) throw new Error(JSON.stringify(read))
  const report = openReplay({
    installed: plane.started.plane.registry,
    engine: engine.value,
    mode: "recorded",
  })(read.value)
  return report.ok ? report.value.result : JSON.stringify(report.error)
}

describe("INV-02 a commit that people approved", () => {
  test("shows what it will hold, holds exactly that, and answers what it always answered", async () => {
    await agentWrites("write-1", "page.txt", "approved\n")
    const { executionId } = await ask("commit-1", "git.commit.create@1", commitOf("Approved"))
    const item = await held(executionId)
    const blob = git("hash-object", "page.txt")
    const shown = new Map(item.preview.map(({ label, value }) => [label, value]))
    expect(shown.get("Parent")).toBe(git("rev-parse", "main"))
    expect(JSON.parse(shown.get("Changes") ?? "null")).toEqual([
      { path: "page.txt", change: "changed", mode: "100644", blob, bytes: 9, linesAdded: 1, linesRemoved: 1 },
    ])
    await approve(plane.url, ana, item)
    const view = await reaches(executionId, "completed")
    expect(view.output).toEqual({ branch: "main", commit: git("rev-parse", "main") })
    expect(git("rev-parse", "main^{tree}")).toBe(shown.get("Tree"))
    expect(await replayed(executionId)).toBe("identical")
  })

  test("is refused when the agent wrote other bytes before the approval, and nothing is half done", async () => {
    await agentWrites("write-2", "page.txt", "harmless\n")
    const { executionId } = await ask("commit-2", "git.commit.create@1", commitOf("Harmless"))
    const item = await held(executionId)
    await agentWrites("write-2b", "page.txt", "harmful\n")
    const before = git("for-each-ref")
    await approve(plane.url, ana, item)
    const view = await reaches(executionId, "failed")
    expect(stepOf(view, "call")).toMatchObject({ status: "failed", failure: { code: "HANDLER_REJECTED" } })
    expect(JSON.stringify(stepOf(view, "call"))).toContain("STATE_CHANGED")
    expect(git("for-each-ref")).toBe(before)
    expect(git("diff", "--cached", "--name-only")).toBe("")
    expect(await replayed(executionId)).toBe("identical")
  })

  test("is refused when other bytes came between the approval and the dispatch", async () => {
    await agentWrites("write-3", "page.txt", "seen\n")
    const { executionId } = await ask("commit-3", "git.commit.create@1", commitOf("Seen"))
    const item = await held(executionId)
    await must(
      call(plane.url, ana, "POST", `/executions/${executionId}/pause`, {
        key: "pause-3",
        reason: "for a test",
      }),
    )
    expect(await approve(plane.url, ana, item)).toMatchObject({
      body: { results: [{ status: "approved", hindered: "paused" }] },
    })
    await agentWrites("write-3b", "page.txt", "unseen\n")
    const before = git("for-each-ref")
    await must(
      call(plane.url, ana, "POST", `/executions/${executionId}/resume`, {
        key: "resume-3",
        reason: "for a test",
      }),
    )
    await reaches(executionId, "failed")
    expect(git("for-each-ref")).toBe(before)
  })

  test("asked for again holds what is there then", async () => {
    const { executionId } = await ask("commit-3-again", "git.commit.create@1", commitOf("Seen now"))
    await approve(plane.url, ana, await held(executionId))
    await reaches(executionId, "completed")
    expect(git("show", "main:page.txt")).toBe("unseen")
  })

  test("of a release is refused when the changelog changed while it waited", async () => {
    const { executionId } = await ask("release-1", "git.release.cut@1", {
      repository: "site",
      version: "1.0.0",
    })
    const item = await held(executionId)
    await agentWrites("write-4", "CHANGELOG.md", "## 1.0.0\n\nBuy now.\n")
    await approve(plane.url, ana, item)
    const view = await reaches(executionId, "failed")
    expect(JSON.stringify(stepOf(view, "commit"))).toContain("STATE_CHANGED")
    expect(git("tag")).toBe("")
  })

  test("in a draft of the agent's own is bound as well, also when the draft has no state", async () => {
    await agentWrites("write-5", "page.txt", "drafted\n")
    const { executionId } = await submitDraft(plane.url, agent, "draft-1", [
      { key: "commit", contract: "git.commit.create@1", input: commitOf("Drafted") },
    ])
    const item = await held(executionId)
    await agentWrites("write-5b", "page.txt", "redrafted\n")
    await approve(plane.url, ana, item)
    expect(JSON.stringify(stepOf(await reaches(executionId, "failed"), "commit"))).toContain("STATE_CHANGED")
  })
})

describe("a commit that is asked for", () => {
  test("is forecast as held, though what it will hold is not read yet", async () => {
    const forecast = await must(
      call<Json>(plane.url, agent, "POST", "/plans/verify", {
        as: { contract: "git.commit.create@1", input: commitOf("Forecast") },
      }),
    )
    expect(forecast).toMatchObject({ verdict: "hold", requiresApproval: true })
  })

  test("by an agent whose grant names this command alone is read for it, and nothing else is", async () => {
    const narrow = await addSomeone(plane.started, {
      kind: "agent",
      name: "narrow",
      capabilities: ["control-plane.core"],
    })
    const { store, random } = plane.started.plane
    const now = store.clock.now()
    const grant = {
      grantId: mintId("grn", Date.parse(now), random.bytes(10)),
      principal: narrow.id,
      capability: CapabilityName.parse("git.write"),
      scope: { level: "own", contracts: [ContractRef.parse("git.commit.create@1")] },
      source: "owner",
      expiresAt: addMs(now, 86_400_000),
    } as const
    await store.directory.giveGrant(plane.started.tenant, grant, narrow.id, "for a test")
    await agentWrites("write-8", "page.txt", "narrow\n")
    const asks = (key: string, contract: string, input: Json) =>
      must(call<Submitted>(plane.url, narrow, "POST", "/intents", { key, as: { contract, input } }))
    const { executionId } = await asks("narrow-1", "git.commit.create@1", commitOf("Narrow"))
    await approve(plane.url, ana, await held(executionId))
    await reaches(executionId, "completed")
    expect(await replayed(executionId)).toBe("identical")
    const alone = await asks("narrow-2", "git.change.read@1", { repository: "site", paths: ["page.txt"] })
    const view = await reaches(alone.executionId, "failed")
    expect(stepOf(view, "call")).toMatchObject({ status: "blocked", blockReason: "grantMissing" })
  })

  test("of nothing new is refused before anyone is asked", async () => {
    const { executionId } = await ask("commit-none", "git.commit.create@1", {
      repository: "site",
      message: "Nothing",
      paths: ["deploy.sh"],
    })
    const view = await reaches(executionId, "failed")
    expect(JSON.stringify(stepOf(view, "call-state"))).toContain("NOTHING_TO_COMMIT")
    expect(stepOf(view, "call")).toMatchObject({ status: "skipped" })
  })
})

describe("INV-02 a program that people approved", { timeout: 60_000 }, () => {
  const ran = () => (existsSync(join(folder, "ran")) ? readFileSync(join(folder, "ran"), "utf8") : "")
  const deploy = (key: string) => ask(key, "process.command.run@1", { command: "deploy", arguments: {} })
  async function approveBySignature(item: ApprovalItem): Promise<void> {
    const { origin, store } = plane.started.plane
    for (const person of signers)
      await must(approveAs(plane.url, person, item, origin, person.id, store.clock.now()))
  }

  test("is not started when a script of its folder was written after the request", async () => {
    const { executionId } = await deploy("deploy-1")
    const item = await held(executionId)
    expect(item.preview.map(({ label }) => label)).toEqual(["Program", "Arguments", "Setup", "Acts on"])
    const script = readFileSync(join(site(), "deploy.sh"), "utf8")
    await agentWrites("write-6", "deploy.sh", `echo stolen >> ${join(folder, "ran")}\n`)
    await approveBySignature(item)
    const view = await reaches(executionId, "failed")
    expect(JSON.stringify(stepOf(view, "call"))).toContain("STATE_CHANGED")
    expect(ran()).toBe("")
    await agentWrites("write-7", "deploy.sh", script)
  })

  test("is run when everything is as it was", async () => {
    const { executionId } = await deploy("deploy-2")
    await approveBySignature(await held(executionId))
    expect((await reaches(executionId, "completed")).output).toMatchObject({ exitCode: 0 })
    expect(ran()).toBe("deployed\n")
    expect(await replayed(executionId)).toBe("identical")
  })
})
