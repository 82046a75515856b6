import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { startAll, type Started } from "@counterfoil/server/process"
import type { Json } from "@counterfoil/contracts"
import { migrate } from "@counterfoil/store"
import { rootFolder } from "../architecture/source-tree.ts"
import { addRules } from "../support/add-rules.ts"
import { effectHandlers } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { openWorkersDatabase } from "../workers/database.ts"
import { commandsIn } from "./commands-in.ts"

const runbook = readFileSync(join(rootFolder, "docs", "runbooks", "owner-lost.md"), "utf8")
const program = join(rootFolder, "adapters", "cli", "src", "main.ts")
const ran = promisify(execFile)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-lost-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const start = (): Promise<Started> =>
  startAll(
    {
      data: join(folder, ".counterfoil"),
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "silent",
      // A capability of the installation's own, which the program that recovers does not have.
      extra: effectHandlers(openLedger(join(folder, "ledger.jsonl")), "PT5S", () => Promise.resolve()),
    },
    {},
  )

/** Types a line of the runbook as written, in the folder of the installation. */
async function typed(line: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  expect(runbook).toContain(`npx counterfoil ${line}\n`)
  const { HOME: _home, DATABASE_URL: _url, ...kept } = process.env
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")
  const { stdout, stderr } = await ran(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...kept, HOME: folder, NO_COLOR: "1", ...env },
  })
  return `${stdout}${stderr}`
}

describe("the runbook of a lost owner", () => {
  test(
    "INV-08 gives an embedded installation an owner again, who signs in, and whose trace replays",
    { timeout: 120_000 },
    async () => {
      // A rule about a contract of the installation, which the program that recovers has no handler of.
      mkdirSync(join(folder, ".counterfoil"), { mode: 0o700 })
      writeFileSync(
        join(folder, ".counterfoil", "handlers.json"),
        JSON.stringify({ fs: { roots: { here: { path: folder, writable: true } } } }),
      )
      const first = await start()
      await addRules(
        { started: first },
        first.tenant,
        `@id("tenant.no-files") @reason("no agent writes files here")
forbid (principal, action == Counterfoil::Action::"fs.file.write@1", resource);`,
      )
      await first.close()
      const said = await typed(
        'owner recover --name rescue --data ./.counterfoil -m "the only owner left the company"',
      )
      const [executionId] = /exe_\w{26}/.exec(said) ?? []
      const [token] = /cft_[\w-]{43}/.exec(said) ?? []
      const [person] = /hum_\w{26}/.exec(said) ?? []
      if (executionId === undefined || token === undefined || person === undefined) throw new Error(said)
      const again = await start()
      try {
        const env = { COUNTERFOIL_URL: again.plane.url, COUNTERFOIL_TOKEN: token }
        writeFileSync(join(folder, "token.txt"), token, { mode: 0o600 })
        expect(await typed("whoami", env)).toContain("owner")
        const theirs = (await typed("grant list", env)).split("\n").filter((line) => line.includes(person))
        for (const { name } of again.plane.registry.capabilities)
          expect(theirs.filter((line) => line.includes(name))).not.toEqual([])
        const { entries } = await must(
          call<{ readonly entries: readonly { readonly kind: string; readonly payload?: Json }[] }>(
            again.plane.url,
            { token },
            "GET",
            `/executions/${executionId}/trace?includePayloads=true`,
          ),
        )
        expect(entries.map(({ kind }) => kind)).toContain("controlPlane.owner.recovered@1")
        const { stdout } = await ran(process.execPath, [program, "replay", executionId], {
          cwd: folder,
          env: { ...process.env, HOME: folder, ...env },
        })
        expect(stdout).toContain("identical")
        // No one recovers an owner over a channel, not even an owner.
        const refused = await call<Json>(again.plane.url, { token }, "POST", "/intents", {
          key: "over-http",
          as: {
            contract: "controlPlane.owner.recover@1",
            input: { name: "another", policy: "keep", reason: "over HTTP" },
          },
        })
        expect(refused).toMatchObject({ kind: "problem", problem: { code: "GRANT_MISSING" } })
      } finally {
        await again.close()
      }
    },
  )

  test(
    "INV-06 recovers no owner without the login of the database's owner, also with that of another database",
    { timeout: 120_000 },
    async () => {
      const [theirs, mine] = [await openWorkersDatabase("theirs"), await openWorkersDatabase("mine")]
      try {
        for (const { ownerUrl } of [theirs, mine]) await migrate(ownerUrl)
        const recovering = (ownerUrl: string | undefined) =>
          typed('owner recover --name rescue -m "the only owner left the company"', {
            DATABASE_URL: theirs.env["DATABASE_URL"],
            DATABASE_ERASER_URL: theirs.env["DATABASE_ERASER_URL"],
            DATABASE_OWNER_URL: ownerUrl,
          })
        await expect(recovering(mine.ownerUrl)).rejects.toThrow("name two databases")
        await expect(recovering(undefined)).rejects.toThrow("does not own the tables")
        expect(await recovering(theirs.ownerUrl)).toMatch(/cft_[\w-]{43}/)
      } finally {
        await theirs.close()
        await mine.close()
      }
    },
  )

  test("every way that it shows is a command with its flags", () => {
    expect(commandsIn(runbook).filter(({ words }) => words.startsWith("owner recover")).length).toBe(3)
  })
})
