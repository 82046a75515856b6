// Every built-in handler through gate, policy, approval and executor to a real peer, once for each ending that it declares, as
// the agent sees it. What binds an approval to files: approved-state.test.ts.

import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { declaresEndings, HandlerConfig, openPureThreads, registerHandlers } from "@counterfoil/handlers"
import type { ErrorCode, ExecutionView, Json, JsonObject } from "@counterfoil/contracts"
import { startHandlerPlane, type HandlerPlane } from "../support/handler-plane.ts"
import { openHttpProvider, type HttpProvider } from "../support/http-provider.ts"
import { until } from "../support/until.ts"
import { callOf, expectEnding, type EndingCase } from "./handler-cases/ending-case.ts"
import { gitCases, gitConfig } from "./handler-cases/git-cases.ts"
import { httpCases, httpConfig, httpSecret, type HttpPlaces } from "./handler-cases/http-cases.ts"
import { localCases, localConfig } from "./handler-cases/local-cases.ts"

const folder = mkdtempSync(join(tmpdir(), "counterfoil-handlers-"))
const configOf = (http: HttpPlaces): JsonObject => ({
  ...localConfig(folder),
  git: gitConfig(folder),
  http: httpConfig(http),
  callbacks: {},
})
const unopened = {
  provider: { origin: "http://127.0.0.1:1" },
  closed: "http://127.0.0.1:2",
  inside: "http://127.0.0.1:3",
}
const { handlers, capabilities } = registerHandlers(
  HandlerConfig.parse(configOf(unopened)),
  async () => undefined,
  openPureThreads(),
)
const declared = handlers.filter(declaresEndings).map(({ contract, endings }) => ({
  contract: contract.ref,
  effect: contract.effect,
  endings,
}))

/**
 * Endings that no call reaches, because it is refused before a handler is asked: a text of more bytes than a trace keeps in one
 * string, and a call without the state that the plan reads for it.
 */
const long = "é".repeat(40_000)
const refusedBefore: readonly (Pick<EndingCase, "contract" | "ending" | "input"> & {
  readonly code: ErrorCode
})[] = [
  {
    contract: "fs.file.write@1",
    ending: "TOO_LARGE",
    input: { root: "files", path: "a.txt", text: long },
    code: "JSON_FORBIDDEN",
  },
  {
    contract: "git.commit.create@1",
    ending: "TOO_LARGE",
    input: { repository: "odd", paths: ["a.txt"], message: long },
    code: "JSON_FORBIDDEN",
  },
  {
    contract: "git.tag.create@1",
    ending: "TOO_LARGE",
    input: { repository: "odd", tag: "v9.0.0", commit: "0".repeat(40), message: long },
    code: "JSON_FORBIDDEN",
  },
  {
    contract: "git.commit.create@1",
    ending: "STATE_MISSING",
    input: { repository: "odd", paths: ["a.txt"], message: "Change", state: null },
    code: "INPUT_INVALID",
  },
  {
    contract: "process.command.run@1",
    ending: "STATE_MISSING",
    input: { command: "refuse", arguments: {}, state: null },
    code: "INPUT_INVALID",
  },
]

let provider: HttpProvider
let world: HandlerPlane
let cases: readonly EndingCase[]

beforeAll(async () => {
  provider = await openHttpProvider()
  const http = { provider, closed: await unusedOrigin(), inside: await unusedOrigin() }
  cases = [...httpCases(http), ...gitCases(folder), ...localCases(folder)]
  const names = capabilities.map(({ name }) => name)
  world = await startHandlerPlane("built-in-handlers", configOf(http), names, {
    COUNTERFOIL_SECRET_PROVIDER_TOKEN: httpSecret,
  })
})
afterAll(async () => {
  await world.close()
  await provider.close()
  rmSync(folder, { recursive: true, force: true })
})

/** An origin on which nothing listens: that of a port that was free a moment ago. */
async function unusedOrigin(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const at = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (at === null || typeof at === "string") throw new Error("no port was given")
  return `http://127.0.0.1:${at.port}`
}

describe("a built-in handler", () => {
  test("is tried with every ending that it declares, and with no other", () => {
    // A section of the configuration opens handlers: one that this test does not configure would hide them.
    expect(Object.keys(configOf(unopened)).toSorted()).toEqual(Object.keys(HandlerConfig.shape).toSorted())
    expect(declared.map(({ contract }) => contract)).toEqual(handlers.map(({ contract }) => contract.ref))
    const title = (contract: string, ending: string): string => `${contract} ${ending}`
    const tried = [...cases, ...refusedBefore].map(({ contract, ending }) => title(contract, ending))
    const endings = declared.flatMap(({ contract, endings: each }) =>
      ["succeeded", ...each].map((ending) => title(contract, ending)),
    )
    expect([...new Set(tried)].toSorted()).toEqual(endings.toSorted())
  })

  test.each(refusedBefore)("is not asked where the gate refuses first ($contract, $ending)", async (one) => {
    const { contract, input, code } = one
    const body = { key: "refused", as: { contract, input } }
    const said = await call<Json>(world.plane.url, world.agent, "POST", "/intents", body)
    expect(said.kind === "problem" ? said.problem.code : said).toBe(code)
  })
})

describe("a call of a built-in handler", () => {
  /** Asked for at once, before the first test: they wait far more than they work. */
  const views = new Map<EndingCase, Promise<ExecutionView>>()
  const keyOf = (one: EndingCase): string => `case-${cases.indexOf(one)}`
  beforeAll(() => {
    for (const one of cases) {
      const view = world.outcome(keyOf(one), one)
      // The test of the case says what is wrong; until then it is no one's.
      view.catch(() => undefined)
      views.set(one, view)
    }
  })
  const effectOf = (one: EndingCase) => declared.find(({ contract }) => contract === one.contract)?.effect
  /** What is found out only when no answer can come any more. */
  const isAwaited = (one: EndingCase): boolean =>
    one.ending === "unknown" && ["unsafe", "probeable"].includes(effectOf(one) ?? "")

  async function expectEndings(some: readonly EndingCase[]): Promise<void> {
    for (const one of some) {
      const view = await views.get(one)
      const effect = effectOf(one)
      if (view === undefined || effect === undefined) throw new Error(`no execution of ${keyOf(one)}`)
      expectEnding(one, effect, view)
      one.shows?.(view)
    }
  }

  test.each(declared)("$contract ends as it declares", async ({ contract }) => {
    const some = cases.filter((one) => one.contract === contract && !isAwaited(one))
    expect(some.length).toBeGreaterThan(1)
    await expectEndings(some)
  })

  // After the others, because time passes for everything that is under way.
  test("INV-03 whose end is unknown is found out or in doubt once no answer can come any more, and is not repeated", async () => {
    const some = cases.filter(isAwaited)
    expect(some.length).toBeGreaterThan(3)
    for (const one of some)
      await until(`attempt of ${keyOf(one)}`, 30_000, async () => {
        const view = await world.now(keyOf(one))
        return view !== null && callOf(view)?.status === "running" ? view : null
      })
    // The longest deadline of an attempt (5 min), and what clocks may differ by.
    world.pass(310_000)
    await expectEndings(some)
  })

  test("INV-13 that names a secret leaves its value in no trace", async () => {
    const named = cases.filter(({ input }) => "secretHeaders" in input)
    expect(named.length).toBeGreaterThan(3)
    for (const one of named) {
      const view = await views.get(one)
      if (view === undefined) throw new Error(`no execution of ${keyOf(one)}`)
      const path = `/executions/${view.executionId}/trace?limit=200&includePayloads=true`
      const trace = await must(call<Json>(world.plane.url, world.approvers[0], "GET", path))
      expect(JSON.stringify(trace)).not.toContain(httpSecret)
    }
  })
})
