// Every command of every runbook, typed as the page shows it, on one installation that lives through all of them.

import { type ChildProcess, execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { startAll, type Started } from "@counterfoil/server/process"
import { PrincipalId, type ExecutionView, type Json, type Submitted } from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { Client } from "pg"
import { rootFolder } from "../architecture/source-tree.ts"
import { approve, openRequests, readExecution, submitDraft, type DraftStep } from "../support/asking.ts"
import { compileCache } from "../support/compile-cache.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { effectCapability, effectHandlers, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { until } from "../support/until.ts"
import { commandsOf, endAll, pageText, typeCommand, type Desk, type Typed } from "./typed-page.ts"

const place = newDataFolder("typed-pages")
const inPlace = (...names: readonly string[]): string => join(place.path, ...names)
const running: ChildProcess[] = []
let database: EmbeddedDatabase
let target: EmbeddedDatabase
let started: Started
let owner: Pick<Person, "token">
let ana: Person
let agent: Person
/** Attempts that never came back, by label; the next one does. */
const stoppedOnce = new Set<string>()
/** Who types. */
let desk: Desk

/** How a page is typed: the values of its placeholders, in the order of their places, and exits that are not 0. */
interface Story {
  readonly fills?: { readonly [placeholder: string]: string | readonly string[] }
  readonly exits?: { readonly [begins: string]: number }
  readonly as?: Partial<Desk>
  /** What this machine needs otherwise than it is written. */
  readonly edit?: (command: string) => string
}

/** What was typed, as it is written. */
const typedHere = new Set<string>()

const placeholders = [
  /exe_…/,
  /apr_…/,
  /hum_…/,
  /agt_…/,
  /ses_…/,
  /7be2…/,
  /\d+:sha256:…/,
  /(?<= )step(?= |$)/,
]

/** Types commands and answers what each printed. Fails at the first that ends otherwise than it should. */
async function typeAll(
  commands: readonly string[],
  { fills = {}, exits = {}, as = {}, edit = (command) => command }: Story = {},
) {
  const left = new Map(Object.entries(fills).map(([name, values]) => [name, [values].flat()]))
  const next = (name: string): string => {
    const values = left.get(name) ?? []
    const value = values.length > 1 ? values.shift() : values[0]
    if (value === undefined) throw new Error(`no value for ${name}`)
    return value
  }
  const typed: Typed[] = []
  // What was started last is what the commands after it speak to.
  let here: Desk["env"] = {}
  for (const written of commands) {
    const command = placeholders.reduce((line, pattern) => {
      const all = new RegExp(pattern.source, "gm")
      return line.replaceAll(all, (found) => next(found.includes("sha256") ? "head" : found))
    }, edit(written))
    typedHere.add(written)
    const at = { ...desk, ...as }
    const typing = typeCommand({ ...at, env: { ...at.env, ...here } }, command, running)
    if (command.includes("policy activate")) await approved(typing)
    const ended = await typing
    const [, expected = 0] = Object.entries(exits).find(([begins]) => written.includes(begins)) ?? []
    if (ended.exit !== expected) throw new Error(`${command}\nended with ${ended.exit}\n${ended.printed}`)
    typed.push(ended)
    const [, url] = /^ready {2}\S+ {2}(\S+)$/m.exec(ended.printed) ?? []
    if (url !== undefined) here = { COUNTERFOIL_URL: url }
  }
  return typed
}

/** Another owner approves a change of policy that waits for one, as the pages say. */
async function approved(typing: Promise<unknown>): Promise<void> {
  let isOver = false
  void typing.finally(() => (isOver = true))
  await until("end of the activation", 30_000, async () => {
    for (const item of await openRequests(started.plane.url, ana))
      if (item.contract.ref === "controlPlane.policy.activate@1") await approve(started.plane.url, ana, item)
    return isOver ? true : null
  })
}

const typePage = (page: string, story?: Story): Promise<readonly Typed[]> =>
  typeAll(commandsOf(pageText(`runbooks/${page}.md`)), story)

const step = (name: EffectName, label: string, point = "none"): DraftStep => ({
  key: "act",
  contract: effectRef(name),
  input: { label, point },
})
/** An execution of one step, as soon as it is in this status. */
async function executionThat(status: ExecutionView["status"], name: EffectName, key: string, point?: string) {
  const { executionId } = await submitDraft(started.plane.url, agent, key, [step(name, key, point)], {
    labels: ["case-81"],
  })
  return until(`execution that is ${status}`, 30_000, async () =>
    (await readExecution(started.plane.url, ana, executionId)).status === status ? executionId : null,
  )
}
const requestOf = (executionId: string): Promise<string> =>
  until(
    "request",
    15_000,
    async () => (await openRequests(started.plane.url, ana, executionId))[0]?.approvalId ?? null,
  )

const envOf = ({ url, ownerUrl, eraserUrl }: EmbeddedDatabase) => ({
  DATABASE_URL: url,
  DATABASE_OWNER_URL: ownerUrl,
  DATABASE_ERASER_URL: eraserUrl,
})

beforeAll(async () => {
  database = await startEmbedded({ dataDir: inPlace(".counterfoil"), log: () => undefined })
  const repository = inPlace("notes")
  execFileSync("git", ["init", "-q", "-b", "main", repository])
  const me = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
  execFileSync("git", ["-C", repository, ...me, "commit", "-q", "--allow-empty", "-m", "start"])
  writeFileSync(join(repository, "notes.md"), "# Notes\n")
  writeFileSync(
    inPlace(".counterfoil", "handlers.json"),
    JSON.stringify({
      git: {
        author: { name: "Notes", email: "notes@example.com" },
        repositories: { notes: { path: repository, branch: "main" } },
      },
    }),
  )
  const extra = effectHandlers(openLedger(inPlace("ledger.jsonl")), "PT1S", (_point, label) =>
    stoppedOnce.has(label) ? Promise.resolve() : new Promise(() => stoppedOnce.add(label)),
  )
  started = await startAll(
    { data: inPlace(".counterfoil"), host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "silent", extra },
    { ...envOf(database), COUNTERFOIL_OPEN_REQUESTS_MAX: "1000" },
  )
  owner = { token: started.ownerToken ?? "" }
  const core = "control-plane.core"
  const capabilities = [core, effectCapability, "git.write", "git.read", "text.compute"]
  agent = await addSomeone(started, { kind: "agent", name: "bot", capabilities })
  ana = await addSomeone(started, {
    kind: "human",
    name: "ana",
    roles: ["approver", "auditor", "owner"],
    capabilities: [core, "control-plane.approval", "control-plane.audit", "control-plane.governance"],
  })
  // As a server that was just set up.
  writeFileSync(inPlace(".counterfoil", "postgres.log"), "", { flag: "a" })
  const { PATH = "" } = process.env
  desk = {
    folder: place.path,
    env: {
      PATH,
      HOME: place.path,
      NO_COLOR: "1",
      ...compileCache,
      ...envOf(database),
      COUNTERFOIL_URL: started.plane.url,
      COUNTERFOIL_TOKEN: owner.token,
      COUNTERFOIL_ENVIRONMENT: "development",
    },
  }
}, 60_000)
afterAll(async () => {
  await endAll(running)
  await target?.stop()
  await database.stop()
  place.remove()
})

describe(
  "every command of a runbook does what the page says, typed on an installation",
  { timeout: 120_000 },
  () => {
    test.each([
      "bus-down",
      "callback-undelivered",
      "clock-skew",
      "disk-low",
      "failover",
      "store-unavailable",
      "submission-quarantined",
      "two-workers-one-lease",
    ])("%s, where nothing is wrong", async (page) => {
      expect((await typePage(page)).length).toBeGreaterThan(0)
    })

    test("approvals-stuck, approver-vigilance, work-stalled and worker-crash-loop, of a step that waits", async () => {
      const held = await executionThat("waiting", "probeable", "held")
      const fills = { "exe_…": held, "apr_…": await requestOf(held), step: "act" }
      for (const page of ["approvals-stuck", "approver-vigilance", "work-stalled", "worker-crash-loop"])
        await typePage(page, { fills, exits: { "exec show": 5 } })
      expect((await readExecution(started.plane.url, ana, held)).status).toBe("paused")
    })

    test("step-in-doubt, of three that are: each is settled as the page says", async () => {
      const doubts = await Promise.all(
        ["one", "two", "three"].map((key) => executionThat("inDoubt", "brief", key, "K10")),
      )
      const [one = "", two = "", three = ""] = doubts
      writeFileSync(inPlace("output.json"), JSON.stringify({ label: "one" }))
      await typePage("step-in-doubt", {
        fills: { "exe_…": [one, one, one, two, three], step: "act" },
        exits: { "exec show": 7 },
      })
      const { url } = started.plane
      expect((await readExecution(url, ana, one)).status).toBe("completed")
      await until("end of the third", 15_000, async () =>
        (await readExecution(url, ana, three)).status === "failed" ? true : null,
      )
    })

    test("policy-error, with a rule that is corrected: another owner is asked", async () => {
      mkdirSync(inPlace("policies"))
      for (const { layer, name, text } of defaultPolicySource().texts)
        if (layer === "tenant") writeFileSync(inPlace("policies", name), text)
      writeFileSync(
        inPlace("policies", "refunds.cedar"),
        '@id("tenant.refunds") @reason("no commits without a message")\nforbid (principal, action == Counterfoil::Action::"git.commit.create@1", resource)\nwhen { context.input has onto && context.input.onto == "none" };\n',
      )
      const mayAsk = {
        name: "an agent may ask",
        principal: { kind: "agent" },
        contract: "controlPlane.intent.submit@1",
        input: { as: { contract: "git.release.cut@1", input: {} } },
        expect: { decision: "allow", tier: "low", determining: ["start.control"] },
      }
      const tests = { format: "counterfoil.policy-test/1", cases: [mayAsk] }
      writeFileSync(inPlace("policies", "ask.policy-test.json"), JSON.stringify(tests))
      const failed = await executionThat("failed", "natural", "fails", "no")
      await typePage("policy-error", {
        fills: { "exe_…": failed, step: "act" },
        // The rules that an installation starts with have their tests elsewhere: the program names them.
        exits: { "exec show": 1, "policy test": 3 },
      })
    })

    test("replay-divergence, trace-broken, hand-a-bundle-to-an-auditor and the second verifier, of an execution that ended", async () => {
      const { executionId } = await must(
        call<Submitted>(started.plane.url, agent, "POST", "/intents", {
          key: "text",
          as: { contract: "text.template.render@1", input: { template: "x", values: {} } },
          wait: "PT10S",
        }),
      )
      const shown = await typeAll([`npx counterfoil trace show ${executionId} --json`])
      const { head } = JSON.parse(shown[0]?.printed ?? "") as {
        readonly head: { readonly seq: number; readonly hash: string }
      }
      const at = `${head.seq}:${head.hash}`
      const fills = { "exe_…": executionId, head: at }
      await typePage("replay-divergence", { fills, exits: { "bundle verify": 1 } })
      copyFileSync(inPlace("diverging.bundle"), inPlace("earlier.bundle"))
      await typePage("trace-broken", { fills, exits: { "verify broken": 1 } })
      const handed = await typePage("hand-a-bundle-to-an-auditor", { fills })
      expect(
        handed
          .filter(({ command }) => command.includes("--head"))
          .map(({ printed }) => printed)
          .join(),
      ).toContain("verified")
      const alone = await typeAll(commandsOf(pageText("BUNDLE.md")), {
        fills,
        exits: { "node verify.mjs": 1 },
      })
      expect(alone.at(-1)?.printed).toContain("couldNotCheck")
    })

    test("rotate-tokens, rotate-signing-keys and erase-a-person, with people who sign", async () => {
      const { url } = started.plane
      const as = { folder: inPlace(), env: { ...desk.env, COUNTERFOIL_TOKEN: ana.token } }
      const old = await addSomeone(started, { kind: "agent", name: "old" })
      const session =
        (await started.plane.store.directory.tokens(started.tenant)).find(
          ({ principal }) => principal === old.id,
        )?.session ?? ""
      await typePage("rotate-tokens-and-webhook-secrets", { fills: { "agt_…": old.id, "ses_…": session } })
      await typeAll(["npx counterfoil key enrol"], { as })
      const [before] = await started.plane.store.directory.reviewKeys(started.tenant)
      await typePage("rotate-signing-keys", { as, fills: { "7be2…": before?.keyId.slice(0, 12) ?? "" } })
      const keys = await started.plane.store.directory.reviewKeys(started.tenant)
      expect([keys.length, keys.filter(({ revokedAt }) => revokedAt === null).length]).toEqual([2, 1])
      const done = await executionThat("completed", "natural", "done")
      const page = commandsOf(pageText("runbooks/erase-a-person.md"))
      const upTo = page.findIndex((command) => command.includes("approve"))
      await typeAll(page.slice(0, upTo), { fills: { "exe_…": done, "hum_…": ana.id } })
      const request = (await openRequests(url, ana)).find(
        ({ contract }) => contract.ref === "controlPlane.trace.erase@1",
      )
      const answers = (printed: string): string => / type (\S+): $/.exec(printed)?.[1] ?? ""
      await typeAll(page.slice(upTo), {
        as: { ...as, answers },
        fills: { "apr_…": request?.approvalId ?? "" },
      })
    })

    test("owner-lost, whose lines for an embedded installation owner-lost.test.ts types", async () => {
      const page = commandsOf(pageText("runbooks/owner-lost.md")).filter(
        (command) => !command.includes("--data"),
      )
      const upTo = page.findIndex((command) => command.includes("login"))
      const said: Typed[] = []
      for (const command of page.slice(0, upTo))
        said.push(
          ...(await typeAll([command], { edit: (text) => text.replace("rescue", `rescue-${said.length}`) })),
        )
      const last = said.at(-1)?.printed ?? ""
      writeFileSync(inPlace("token.txt"), /cft_[\w-]{43}/.exec(last)?.[0] ?? "", { mode: 0o600 })
      const { COUNTERFOIL_TOKEN: _token, ...env } = desk.env
      const signedIn = await typeAll(page.slice(upTo), {
        as: { env },
        fills: { "exe_…": /exe_\w{26}/.exec(last)?.[0] ?? "" },
      })
      expect(signedIn.at(-1)?.printed).toContain("identical")
    })

    test("the guide to approvals: a person is added, and signs in with what was printed once", async () => {
      const [add = "", again = "", ...signIn] = commandsOf(pageText("approvals.md"))
      const edit = (command: string): string =>
        command.replace("add ana", "add cleo").replace("http://127.0.0.1:7420", started.plane.url)
      const [added] = await typeAll([add, again], { edit })
      const [once = ""] = /\bcf[a-z]_[\w-]{43}/.exec(added?.printed ?? "") ?? []
      const { COUNTERFOIL_TOKEN: _token, ...env } = desk.env
      mkdirSync(inPlace("cleo"))
      await typeAll(signIn, {
        as: { env: { ...env, HOME: inPlace("cleo") }, answers: () => once },
        edit,
      })
      const [me] = await typeAll(["npx counterfoil whoami"], {
        as: { env: { ...env, HOME: inPlace("cleo") } },
      })
      expect(me?.printed).toContain("cleo")
    })

    test("upgrade, in a checkout: another owner is asked for the rules of the release", async () => {
      const checkout = inPlace("checkout")
      execFileSync("git", ["clone", "-q", "--shared", rootFolder, checkout])
      symlinkSync(join(rootFolder, "node_modules"), join(checkout, "node_modules"))
      const release = execFileSync("git", ["-C", rootFolder, "rev-parse", "HEAD"], {
        encoding: "utf8",
      }).trim()
      const as = { folder: checkout, env: { ...desk.env, RELEASE: release } }
      await typePage("upgrade", { as, exits: { "drift check": 3 } })
      expect(readdirSync(checkout)).toContain("before-upgrade.backup.gz")
    })

    test("stop-everything: what it paused is resumed, and who was disabled works again", async () => {
      const held = await executionThat("waiting", "probeable", "stopped")
      const disabled = await addSomeone(started, { kind: "agent", name: "loose" })
      await started.plane.store.directory.disablePrincipal(
        started.tenant,
        disabled.id,
        started.plane.store.clock.now(),
      )
      await typePage("stop-everything", { fills: { "exe_…": held, "agt_…": disabled.id } })
      expect(
        (await started.plane.store.directory.principal(started.tenant, PrincipalId.parse(disabled.id)))
          ?.enabled,
      ).toBe(true)
    })

    test("embedded-to-production, with work open that needs the configured handlers, and restore-from-backup", async () => {
      const { url } = started.plane
      const ask = {
        key: "commit",
        as: {
          contract: "git.commit.create@1",
          input: { repository: "notes", message: "Add notes", paths: ["notes.md"] },
        },
      }
      const { executionId } = await must(call<Submitted>(url, agent, "POST", "/intents", ask))
      await requestOf(executionId)
      await endLedgerWork()
      target = await startEmbedded({ dataDir: inPlace("target"), log: () => undefined })
      const moved = { env: { ...desk.env, ...envOf(target) } }
      const page = commandsOf(pageText("runbooks/embedded-to-production.md"))
      const upTo = page.findIndex((command) => command.includes("backup"))
      await typeAll(page.slice(0, upTo), { as: moved })
      await started.plane.close()
      await database.stop()
      const serve = page.findIndex((command) => command.includes("counterfoil serve"))
      await typeAll(page.slice(upTo, serve), { as: moved })
      const [refused] = await typeAll(["npx counterfoil serve --role all"], {
        as: moved,
        exits: { serve: 1 },
      })
      expect(refused?.printed).toMatch(
        /would remove contracts that open work needs: .*git\.commit\.create@1.*--remove-contracts/,
      )
      await typeAll(page.slice(serve), { as: moved })

      const restore = commandsOf(pageText("runbooks/restore-from-backup.md"))
      const edit = (command: string): string =>
        command.replaceAll(/(?<= )\/(backups|elsewhere|keys)/g, (_all, name: string) => inPlace(name))
      for (const folder of ["backups", "elsewhere", "keys"]) mkdirSync(inPlace(folder))
      const afterwards = restore.filter((command) => command.includes("--sign-with"))
      await typeAll(afterwards, { as: moved, edit })
      const [newest = "no backup"] = readdirSync(inPlace("backups")).filter((name) => name.endsWith(".gz"))
      copyFileSync(inPlace("backups", newest), inPlace("backups", "newest.backup.gz"))
      copyFileSync(inPlace("keys", "backup-key.pub"), inPlace("elsewhere", "backup-key.pub"))
      await endAll(running)
      const again = { env: { ...moved.env, ...(await emptyDatabase()) } }
      const restored = await typeAll(
        restore.filter((command) => !afterwards.includes(command)),
        { as: again, edit },
      )
      expect(restored.at(-1)?.command).toContain("exec list --in-doubt")
    })

    test("every command of a block in a runbook or guide was typed here, or where it is said", () => {
      const elsewhere = readFileSync(new URL("owner-lost.test.ts", import.meta.url), "utf8")
      const runbooks = readdirSync(join(rootFolder, "docs", "runbooks")).map((name) => `runbooks/${name}`)
      // That page is typed whole by debugging.test.ts.
      const guides = readdirSync(join(rootFolder, "docs")).filter(
        (name) => name.endsWith(".md") && name !== "DEBUGGING.md",
      )
      const untyped = [...runbooks, ...guides].flatMap((name) =>
        commandsOf(pageText(name))
          .filter(
            (command) =>
              !typedHere.has(command) && !elsewhere.includes(command.replace("npx counterfoil ", "")),
          )
          .map((command) => `${name}: ${command}`),
      )
      expect(untyped).toEqual([])
    })
  },
)

/** Ends what needs the handlers of the tests, which the program does not have. */
async function endLedgerWork(): Promise<void> {
  const { url } = started.plane
  const open = "status=received&status=running&status=waiting&status=paused&status=inDoubt&limit=100"
  const { items } = await must(
    call<{ readonly items: readonly ExecutionView[] }>(url, owner, "GET", `/executions?${open}`),
  )
  for (const { executionId, contract } of items as readonly {
    readonly executionId: string
    readonly contract?: Json
  }[])
    if (!JSON.stringify(contract ?? null).includes("git."))
      await call(url, owner, "POST", `/executions/${executionId}/cancel`, {
        key: executionId,
        reason: "for a test",
      })
}

/** An empty database beside the one that was moved to, with the same logins. */
async function emptyDatabase(): Promise<Readonly<Record<string, string>>> {
  const kept = readFileSync(inPlace("target", "database-passwords.json"), "utf8")
  const { postgres: password } = JSON.parse(kept) as { postgres: string }
  const client = new Client({
    user: "postgres",
    password,
    host: "127.0.0.1",
    port: target.port,
    database: "postgres",
  })
  await client.connect()
  await client.query("create database again owner counterfoil_owner")
  await client.end()
  return Object.fromEntries(
    Object.entries(envOf(target)).map(([name, url]) => [
      name,
      url.replace(/\/counterfoil(?=$|\?)/, "/again"),
    ]),
  )
}
