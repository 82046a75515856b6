// Plays the whole story without a keyboard: previewed, submitted, held, refused, approved by two, executed, traced, replayed.
// Owns: the order of the story and its checks; a failed check ends it with exit 1.
// Does not own: any behaviour; everything here goes over HTTP, or works on the exported file alone.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ApprovalItem, escapeJson, escapeText, type ExecutionView } from "@counterfoil/contracts"
import { counterfoil } from "@counterfoil/sdk"
import { startAll, type Started } from "@counterfoil/server/process"
import { approveAs, call, must, type Someone } from "./demo-client.ts"
import { replayOffline } from "./replay-offline.ts"
import { demoRepository, prepareRepository, prepareWorkspace, type Workspace } from "./workspace.ts"

/** Flags as they were typed. */
interface DemoFlags {
  readonly data: string | null
  readonly json: boolean
}

interface Chapter {
  readonly title: string
  readonly says: readonly string[]
}
interface Stage {
  readonly data: string
  readonly started: Started
  readonly workspace: Workspace
  tell(chapter: Chapter): void
}

const release = "git.release.cut@1"
const input = { repository: demoRepository, version: "0.1.0" }
const wish = { key: "demo-release-0.1.0", waitMs: 0 }
/** Longer than the whole story takes on a slow machine, including 5 s of grace after a high-tier approval. */
const patienceMs = 25_000

/** Plays the story. Without a data folder it uses a temporary one, which it deletes afterwards. */
export async function demoCommand(flags: DemoFlags): Promise<0 | 1> {
  const data = flags.data ?? mkdtempSync(join(tmpdir(), "counterfoil-demo-"))
  const chapters: Chapter[] = []
  const tell = (chapter: Chapter): void => {
    chapters.push(chapter)
    if (!flags.json)
      process.stdout.write(
        `\n${chapters.length}. ${chapter.title}\n${chapter.says.map((line) => `   ${line.replaceAll("\n", "\n   ")}`).join("\n")}\n`,
      )
  }
  try {
    // A temporary folder belongs to one account; when root plays the story, the database runs as another one.
    if (flags.data === null) chmodSync(data, 0o711)
    prepareRepository(data)
    const started = await startAll(
      { data, host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "error" },
      process.env,
    )
    try {
      const workspace = await prepareWorkspace({
        url: started.plane.url,
        dataDir: data,
        directory: started.plane.store.directory,
        random: started.plane.random,
        tenant: started.tenant,
        now: started.plane.store.clock.now(),
      })
      await play({ data, started, workspace, tell })
    } finally {
      await started.close()
    }
    if (flags.json) process.stdout.write(`${escapeJson(JSON.stringify({ schemaVersion: 1, chapters }))}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error
    process.stderr.write(`error  the story broke: ${escapeText(error.message)}\n`)
    return 1
  } finally {
    if (flags.data === null) rmSync(data, { recursive: true, force: true })
  }
}

async function play(stage: Stage): Promise<void> {
  const { url } = stage.started.plane
  const { owner, agent } = stage.workspace.people
  const preview = await counterfoil({ url, token: owner.token }).plan(release, input)
  insist(preview.kind === "planned", `the plan was ${preview.kind}`)
  stage.tell({ title: "Look before anything happens", says: [preview.tree, "Nothing was submitted."] })

  const client = counterfoil({ url, token: agent.token })
  const submitted = await client.submit(release, input, wish)
  insist(submitted.kind !== "refused", "the submission was refused")
  const { executionId } = submitted
  if (submitted.duplicate)
    stage.tell({
      title: "release-agent has submitted this before",
      says: ["The same key found the same execution."],
    })
  else await decideAndRun(stage, executionId)

  const done = await client.wait(executionId, { timeoutMs: patienceMs })
  const { tree = "" } = await must(
    call<ExecutionView>(url, stage.workspace.people.ana, "GET", `/executions/${executionId}?include=tree`),
  )
  insist(done.kind === "completed", `the execution is ${done.kind}:\n${tree}`)
  stage.tell({ title: "Executed", says: [tree, ...effects(stage).lines] })
  await prove(stage, executionId)

  const again = await client.submit(release, input, wish)
  insist(
    again.kind !== "refused" && again.duplicate && again.executionId === executionId,
    "a repeated key made another execution",
  )
  const after = effects(stage)
  insist(
    after.commits === 1 && after.tags === 1,
    `the repository has ${after.commits} commits and ${after.tags} tags of ours`,
  )
  stage.tell({
    title: "Submitted again with the same key",
    says: [`${executionId} again, duplicate: true; still ${after.commits} commit and ${after.tags} tag.`],
  })
}

/** Held, refused twice, then approved by the people who may. */
async function decideAndRun(stage: Stage, executionId: string): Promise<void> {
  const { url } = stage.started.plane
  const { owner, ana, ben, agent } = stage.workspace.people
  const commit = await nextRequest(stage, executionId, "commit")
  stage.tell({ title: "Held: the commit waits for a person", says: describe(commit) })
  stage.tell({
    title: "The agent tries to approve its own request",
    says: [
      refused(await approveAs(url, agent, commit, originOf(stage), agent.id, now(stage)), "NOT_AN_APPROVER"),
    ],
  })
  await approved(stage, ana, commit)
  stage.tell({ title: "ana approves the commit", says: ["1 of 1, medium tier, by her session"] })

  const tag = await nextRequest(stage, executionId, "tag")
  stage.tell({ title: "Held: the tag is of tier high and waits for two", says: describe(tag) })
  stage.tell({
    title: "The agent's owner tries to approve it",
    says: [
      refused(
        await approveAs(url, owner, tag, originOf(stage), owner.id, now(stage)),
        "SEPARATION_OF_DUTIES",
      ),
    ],
  })
  await approved(stage, ana, tag)
  await approved(stage, ben, tag)
  stage.tell({
    title: "ana and ben approve the tag",
    says: ["2 of 2, each signed with a key of their own; it runs after 5 s of grace"],
  })
}

/** The trace, its replay, and an altered copy. */
async function prove(stage: Stage, executionId: string): Promise<void> {
  const { url } = stage.started.plane
  const { ana } = stage.workspace.people
  const trace = await must(
    call<{
      readonly entries: readonly { readonly seq: number; readonly kind: string }[]
      readonly chainOk: boolean
    }>(url, ana, "GET", `/executions/${executionId}/trace?limit=200`),
  )
  insist(trace.chainOk, "the chain does not verify")
  stage.tell({
    title: "The trace",
    says: trace.entries.map(
      ({ seq, kind }) => `${String(seq).padStart(3)}  ${kind.replace("controlPlane.", "").replace("@1", "")}`,
    ),
  })
  const { bundle } = await must(
    call<{ readonly bundle: string }>(url, ana, "POST", `/executions/${executionId}/evidence`, {
      payloads: "all",
    }),
  )
  const replayed = await replayOffline(Buffer.from(bundle), stage.data)
  insist(replayed.result === "identical", `the replay was ${replayed.result}: ${replayed.text}`)
  stage.tell({ title: "Replayed from the exported file alone", says: [replayed.text] })
  const altered = await replayOffline(
    Buffer.from(bundle.replaceAll('"Release 0.1.0"', '"Release 6.6.6"')),
    stage.data,
  )
  insist(altered.result !== "identical", "an altered copy was taken for the original")
  stage.tell({ title: "A copy with a changed commit message", says: [altered.text] })
}

async function approved(
  stage: Stage,
  who: Someone & { readonly id: string },
  item: ApprovalItem,
): Promise<void> {
  await must(approveAs(stage.started.plane.url, who, item, originOf(stage), who.id, now(stage)))
}

function refused(said: Awaited<ReturnType<typeof approveAs>>, code: string): string {
  insist(
    said.kind === "problem" && said.problem.code === code,
    `expected ${code}, got ${said.kind === "problem" ? said.problem.code : "an approval"}`,
  )
  return said.kind === "problem" ? `refused: ${said.problem.code}  ${said.problem.detail}` : ""
}

async function nextRequest(stage: Stage, executionId: string, stepKey: string): Promise<ApprovalItem> {
  const found = await waitFor(async () => {
    const { items } = await must(
      call<{ readonly items: readonly ApprovalItem[] }>(
        stage.started.plane.url,
        stage.workspace.people.ana,
        "GET",
        `/approvals?executionId=${executionId}&status=open`,
      ),
    )
    return items.find((item) => item.stepKey === stepKey) ?? null
  })
  insist(found !== null, `no request for ${stepKey} came`)
  return found
}

async function waitFor<T>(look: () => Promise<T | null>): Promise<T | null> {
  const end = performance.now() + patienceMs
  while (performance.now() < end) {
    const found = await look()
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return null
}

/** The effects in the demo's repository: commits and tags with an idempotency key. */
function effects({ workspace: { repository } }: Stage) {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "safe.directory=*", "-C", repository, ...args], { encoding: "utf8" }).trim()
  const commits = git("log", "--grep", "^Counterfoil-Key:", "--oneline").split("\n").filter(Boolean)
  const tags = git("tag", "--list").split("\n").filter(Boolean)
  return {
    commits: commits.length,
    tags: tags.length,
    lines: [...commits.map((line) => `commit ${line}`), ...tags.map((tag) => `tag    ${tag}`)],
  }
}

const describe = ({
  approvalId,
  tier,
  contract,
  reasons,
  preview,
  quorum,
}: ApprovalItem): readonly string[] => [
  `${approvalId}  ${contract.ref}  tier ${tier}  needs ${quorum.needed.map(({ role, count }) => `${count} of ${role}`).join(", ")}`,
  ...reasons.map(({ text }) => `why     ${text}`),
  ...preview.map(
    ({ label, value }) => `${label.padEnd(12)}${value.length > 100 ? `${value.slice(0, 100)}…` : value}`,
  ),
]

const originOf = ({ started: { plane } }: Stage): string => plane.origin
const now = ({ started: { plane } }: Stage) => plane.store.clock.now()

/** A failed check of a chapter. */
class StoryBroken extends Error {
  override readonly name = "StoryBroken"
}

function insist(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new StoryBroken(otherwise)
}
