// The wrapper for CI: the composite action, the script behind it in any other CI, and the one comment.

import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import { z } from "zod"
import { rootFolder } from "../architecture/source-tree.ts"
import { scratchClone, type ScratchClone } from "./scratch-clone.ts"

const minutes = 60_000
const action = join(rootFolder, "action")

interface Ran {
  readonly exit: number
  readonly printed: string
}

const run = (file: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise((settle) => {
    const all = { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_GLOBAL: "/dev/null", ...env }
    execFile(file, [...words], { cwd, env: all, encoding: "utf8" }, (cause, stdout, stderr) => {
      settle({ exit: cause === null ? 0 : Number(cause.code), printed: `${stdout}${stderr}` })
    })
  })

describe("drift.sh", () => {
  const fsContracts = "adapters/handlers/src/fs/fs-contracts.ts"
  let upstream: ScratchClone
  let checkout: ScratchClone
  let folder = ""
  beforeAll(() => {
    upstream = scratchClone()
    checkout = scratchClone()
    folder = mkdtempSync(join(tmpdir(), "counterfoil-action-"))
    // A change on a branch, as a runner checks it out: one commit deep, from a repository that has more.
    upstream.edit("package.json", '"private": true', '"private": true, "more": true')
    upstream.git("commit", "--quiet", "--all", "--message", "Go on")
    upstream.git("checkout", "--quiet", "-b", "change", "HEAD~1")
    upstream.edit(fsContracts, 'effect: "natural"', 'effect: "unsafe",\n  irreversible: false')
    upstream.git("commit", "--quiet", "--all", "--message", "Change an effect class")
    checkout.git("remote", "add", "origin", `file://${upstream.folder}`)
    checkout.git("fetch", "--quiet", "--depth=1", "origin", "+refs/heads/change:refs/remotes/origin/change")
    checkout.git("checkout", "--quiet", "--force", "--detach", "origin/change")
    checkout.git("branch", "--quiet", "-D", "main")
    checkout.git("reflog", "expire", "--expire=now", "--all")
    checkout.git("gc", "--quiet", "--prune=now")
  }, minutes)
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
    folder = mkdtempSync(join(tmpdir(), "counterfoil-action-"))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
    upstream.remove()
    checkout.remove()
  })

  const gate = (env: NodeJS.ProcessEnv): Promise<Ran> =>
    run(join(action, "drift.sh"), [], checkout.folder, {
      COUNTERFOIL: `${process.execPath} ${join(checkout.folder, "adapters/cli/src/main.ts")}`,
      DRIFT_OUT: folder,
      ...checkout.compiled,
      PATH: `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}`,
      ...env,
    })
  const left = (name: string): string => readFileSync(join(folder, name), "utf8")

  test(
    "in a shallow checkout it finds the merge base with the target branch itself",
    async () => {
      expect(checkout.git("rev-parse", "--is-shallow-repository").trim()).toBe("true")
      const [sarif, junit] = [join(folder, "drift.sarif"), join(folder, "drift.xml")]
      const { exit, printed } = await gate({ TARGET: "main", SARIF: sarif, JUNIT: junit })
      expect(printed).toContain("C030")
      expect(printed).toContain(upstream.git("rev-parse", "HEAD~1").trim().slice(0, 12))
      expect(exit).toBe(3)
      for (const file of ["drift.json", "drift.md", "drift.txt", "drift.sarif", "drift.xml"])
        expect(existsSync(join(folder, file))).toBe(true)
    },
    minutes,
  )

  test(
    "on GitHub it prints annotations, fills the summary and sets the outputs",
    async () => {
      const [output, summary] = [join(folder, "output"), join(folder, "summary")]
      const { exit, printed } = await gate({
        GITHUB_ACTIONS: "true",
        GITHUB_BASE_REF: "main",
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
      })
      expect(exit).toBe(3)
      expect(printed).toMatch(/^::error title=C030 fs\.file\.write@1/m)
      // The lock and every document that is made from the contract are stale, and each of them is risky.
      expect(readFileSync(output, "utf8").split("\n")).toEqual([
        "result=findings",
        "breaking=2",
        expect.stringMatching(/^risky=\d$/) as string,
        `report=${join(folder, "drift.json")}`,
        "",
      ])
      expect(readFileSync(summary, "utf8")).toBe(left("drift.md"))
    },
    minutes,
  )

  test(
    "on the target branch itself it compares with the commit before, and not with itself",
    async () => {
      const { exit, printed } = await gate({ TARGET: "change" })
      expect(printed).toContain("C030")
      expect(exit).toBe(3)
    },
    minutes,
  )

  test(
    "a target that cannot be fetched is not checked, in the exit code, the outputs and the comment",
    async () => {
      const output = join(folder, "output")
      const { exit } = await gate({ TARGET: "no-such-branch", GITHUB_OUTPUT: output })
      expect(exit).toBe(1)
      expect(readFileSync(output, "utf8")).toContain("result=not-checked\n")
      expect(left("drift.md")).toContain("NOT CHECKED")
    },
    minutes,
  )

  test(
    "a program that does not start, or ends well without a report, is not checked",
    async () => {
      for (const command of ["no-such-program", "true"]) {
        const output = join(folder, `output-${command}`)
        writeFileSync(join(folder, "drift.json"), '{"result":"clean","summary":{}}')
        const { exit } = await gate({ COUNTERFOIL: command, AGAINST: "HEAD", GITHUB_OUTPUT: output })
        expect(exit).not.toBe(0)
        expect(readFileSync(output, "utf8")).toContain("result=not-checked\n")
        expect(left("drift.md")).toContain("NOT CHECKED")
      }
    },
    minutes,
  )
})

const Comment = z.object({ body: z.string() })

describe("comment.ts", () => {
  interface Stored {
    readonly id: number
    body: string
    readonly user: { readonly type: string; readonly login: string }
  }
  let server: Server
  let api = ""
  let stored: Stored[] = []
  let status = 200
  /** The comment that the token may not edit. */
  let foreign = 0
  let folder = ""
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    let text = ""
    for await (const chunk of request) text += String(chunk)
    return Comment.parse(JSON.parse(text)).body
  }
  const json = (one: Stored) => ({
    ...one,
    url: `${api}/comments/${one.id}`,
    html_url: `https://host/${one.id}`,
  })
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "counterfoil-comment-"))
    server = createServer((request, response) => {
      void (async () => {
        const url = new URL(request.url ?? "/", api)
        let ended = status
        let answer: unknown = { message: "Resource not accessible by integration" }
        if (status === 200 && request.method === "GET") {
          const page = Number(url.searchParams.get("page"))
          answer = stored.slice((page - 1) * 100, page * 100).map(json)
        } else if (status === 200 && request.method === "POST") {
          const one = { id: stored.length + 1, body: await bodyOf(request), user: bot }
          stored.push(one)
          answer = json(one)
        } else if (status === 200) {
          const one = stored.find(({ id }) => url.pathname.endsWith(`/comments/${id}`))
          if (one === undefined) throw new Error("no such comment")
          const body = await bodyOf(request)
          if (one.id !== foreign) one.body = body
          answer = json(one)
          if (one.id === foreign) ended = 403
        }
        response.writeHead(ended, { "content-type": "application/json" }).end(JSON.stringify(answer))
      })()
    })
    await new Promise<void>((listening) => {
      server.listen(0, "127.0.0.1", listening)
    })
    const address = server.address()
    api = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => {
    stored = []
    status = 200
    foreign = 0
  })

  const bot = { type: "Bot", login: "github-actions[bot]" }
  const marker = "<!-- counterfoil drift check -->"
  const comment = async (
    result: string,
    text: string | null,
  ): Promise<Ran & { readonly outputs: string }> => {
    const [file, output] = [join(folder, "drift.md"), join(folder, "output")]
    rmSync(file, { force: true })
    if (text !== null) writeFileSync(file, text)
    writeFileSync(output, "")
    const ran = await run(
      process.execPath,
      [fileURLToPath(new URL("../../adapters/cli/src/drift/comment.ts", import.meta.url))],
      folder,
      {
        GITHUB_API_URL: api,
        GITHUB_REPOSITORY: "ana/refunds",
        GITHUB_TOKEN: "token",
        GITHUB_OUTPUT: output,
        PULL_REQUEST: "7",
        COMMENT: file,
        RESULT: result,
      },
    )
    return { ...ran, outputs: readFileSync(output, "utf8") }
  }
  const bodies = (): readonly string[] => stored.map(({ body }) => body)

  test("is written once, edited in place, and becomes one line when the drift is gone", async () => {
    const first = await comment("findings", `${marker}\none`)
    expect(first).toMatchObject({ exit: 0, outputs: "comment-url=https://host/1\n" })
    await comment("findings", `${marker}\ntwo`)
    expect(bodies()).toEqual([`${marker}\ntwo`])
    await comment("clean", `${marker}\nnothing`)
    expect(bodies()).toEqual([`${marker}\nContract drift: clean.\n`])
    await comment("not-checked", `${marker}\nNOT CHECKED`)
    expect(bodies()).toEqual([`${marker}\nNOT CHECKED`])
  })

  test("is not written for a clean change that never had one", async () => {
    await comment("clean", `${marker}\nnothing`)
    expect(bodies()).toEqual([])
  })

  test("is found behind hundreds of others, and no other author's comment is changed", async () => {
    const person = { type: "User", login: "mallory" }
    stored = Array.from({ length: 250 }, (_, index) => ({
      id: index + 1,
      body: index === 3 ? `${marker}\nforged` : index === 220 ? `${marker}\nold` : "fine",
      user: index === 220 ? bot : person,
    }))
    await comment("findings", `${marker}\nnew`)
    expect(stored).toHaveLength(250)
    expect([stored[3]?.body, stored[220]?.body]).toEqual([`${marker}\nforged`, `${marker}\nnew`])
  })

  test("says that nothing was checked when the check left no text to say", async () => {
    stored = [{ id: 1, body: `${marker}\nContract drift: clean.\n`, user: bot }]
    await comment("", null)
    expect(bodies().join()).toContain("NOT CHECKED")
  })

  test("of which two jobs wrote one each is edited in both, and that of another app is left alone", async () => {
    const other = { type: "Bot", login: "another[bot]" }
    stored = [other, bot, bot].map((user, index) => ({ id: index + 1, body: `${marker}\nold`, user }))
    foreign = 1
    await comment("clean", `${marker}\nnothing`)
    const clean = `${marker}\nContract drift: clean.\n`
    expect(bodies()).toEqual([`${marker}\nold`, clean, clean])
  })

  test("is written beside that of another app that begins like ours", async () => {
    stored = [{ id: 1, body: `${marker}\nforged`, user: { type: "Bot", login: "another[bot]" } }]
    foreign = 1
    await comment("findings", `${marker}\none`)
    expect(bodies()).toEqual([`${marker}\nforged`, `${marker}\none`])
  })

  test("that the token may not write, as on a fork, fails nothing and says so", async () => {
    status = 403
    const { exit, printed } = await comment("findings", `${marker}\none`)
    expect(exit).toBe(0)
    expect(printed).toContain("No comment was written")
    expect(printed).toContain("403")
  })
})

describe("action.yml", () => {
  const Action = z.strictObject({
    name: z.string(),
    description: z.string().max(125),
    author: z.string(),
    branding: z.strictObject({ icon: z.string(), color: z.string() }),
    inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
    outputs: z.record(z.string(), z.strictObject({ description: z.string(), value: z.string() })),
    runs: z.strictObject({
      using: z.literal("composite"),
      steps: z.array(
        z.strictObject({
          id: z.string(),
          if: z.string().optional(),
          shell: z.literal("bash"),
          env: z.record(z.string(), z.string()),
          run: z.string(),
        }),
      ),
    }),
  })
  const text = readFileSync(join(action, "action.yml"), "utf8")
  const { inputs, runs } = Action.parse(parse(text))

  test("is a composite action that uses every input and takes what comes from outside as environment alone", () => {
    for (const name of Object.keys(inputs)) expect(text).toContain(`inputs.${name}`)
    for (const { run: line } of runs.steps) expect(line).not.toContain("${{")
  })

  test("uses no other action, and never runs with the rights of the target repository", () => {
    expect(text).not.toContain("uses:")
    expect(text).not.toContain("pull_request_target")
  })
})
