import { Ajv2020 } from "ajv/dist/2020.js"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runCli } from "@counterfoil/cli"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { commandIo } from "../support/command-io.ts"
import { until } from "../support/until.ts"
import {
  counterfoil,
  startInstallation,
  type Circumstances,
  type Ended,
  type Installation,
  type Somebody,
} from "./program.ts"

const folder = mkdtempSync(join(tmpdir(), "counterfoil-cli-files-"))

const schemas = join(rootFolder, "docs", "generated", "cli")
/** What the committed schema of a command refuses in its document; nothing where no shape is declared. */
function refusedBySchema(command: readonly string[], out: string): readonly string[] {
  const file = join(schemas, `${command.join("-")}.json`)
  if (!existsSync(file)) return []
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  ajv.addVocabulary(["x-marks", "x-unit"])
  const accepts = ajv.compile<unknown>(JSON.parse(readFileSync(file, "utf8")) as object)
  return accepts(JSON.parse(out))
    ? []
    : (accepts.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`)
}

describe("without a server", () => {
  test("INV-13 a token in an argument is refused and not repeated", async () => {
    const token = `cft_${"x".repeat(43)}`
    const { code, out, err } = await counterfoil(["whoami", "--url", `http://127.0.0.1:1/?t=${token}`])
    expect(code).toBe(2)
    expect(out + err).not.toContain(token)
  })

  test("an error is one JSON document on stdout and four parts on stderr", async () => {
    const url = await deadUrl()
    const { code, out, err } = await counterfoil(["exec", "list", "--json", "--url", url])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, problem: { code: "SERVER_UNREACHABLE" } })
    expect(err).toBe(
      `error SERVER_UNREACHABLE  No control plane answers at ${url}.\n  fix: counterfoil start\n  see: docs/cli.md\n`,
    )
  })

  test.each([
    ["exec list --limit many", "exec list"],
    ["exec pause exe_4k9d", "exec pause"],
    ["exec pause exe_4k9d -m stop --until soon", "exec pause"],
    ["exec list --no-such-flag", "exec list"],
    ["grant give", "grant give"],
    ["exec sing", "exec"],
    ["sing", ""],
  ])("usage that is wrong names the help of what was called: %s", async (line, called) => {
    const { code, err } = await counterfoil(line.split(" "))
    const help = ["counterfoil", ...called.split(" ").filter((word) => word !== ""), "--help"].join(" ")
    expect([code, err]).toEqual([2, expect.stringContaining(`\n  fix: ${help}\n`)])
    expect((await counterfoil(help.split(" ").slice(1))).code).toBe(0)
  })

  test("what the operator has to mend is an error with code, next step and page, also of a command that starts a process", async () => {
    const { code, out, err } = await counterfoil(["migrate", "--json"])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ problem: { code: "FAILED", see: "docs/cli.md" } })
    expect(err).toMatch(/^error FAILED {2}DATABASE_URL .*\n {2}fix: .+\n {2}see: docs\/cli\.md\n$/)
  })

  test("what reads an installation refuses a folder that does not exist, and makes none", async () => {
    const nowhere = join(folder, "no-installation")
    for (const words of [
      ["backup", "--out", join(folder, "nothing.backup.gz")],
      ["restore", "--promoted"],
    ]) {
      const { code, err } = await counterfoil([...words, "--data", nowhere])
      expect(err).toContain(`${nowhere} does not exist`)
      expect([code, existsSync(nowhere)]).toEqual([2, false])
    }
  })

  test("a bundle that cannot be read is not an altered one", async () => {
    expect((await counterfoil(["bundle", "verify", join(folder, "nothing.bundle")])).code).toBe(1)
    expect((await counterfoil(["replay", join(folder, "nothing.bundle")])).code).toBe(1)
  })

  test("the scripts of completion name every command", async () => {
    for (const shell of ["bash", "zsh", "fish"])
      expect((await counterfoil(["completion", shell])).out).toContain("resolve")
    expect((await counterfoil(["completion", "dos"])).code).toBe(2)
  })

  test("policy lint says no to a policy that does not parse and to a folder without one", async () => {
    writeFileSync(join(folder, "bad.cedar"), "permit (principal")
    expect((await counterfoil(["policy", "lint", join(folder, "bad.cedar")])).code).toBe(3)
    expect((await counterfoil(["policy", "lint", mkdtempSync(join(folder, "empty-"))])).code).toBe(1)
  })

  test("policy lint says that it does not judge a lockout, which takes the people of a tenant", async () => {
    const file = join(folder, "lockout.cedar")
    const rule = `@id("tenant.lockout") @reason("no one changes the policy")\nforbid (principal, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource);\n`
    writeFileSync(file, rule)
    const { code, out } = await counterfoil(["policy", "lint", file])
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /^clean: 1 file\nnot checked: whether owners could still change the policy; .*\n$/,
      ),
    ])
    expect(JSON.parse((await counterfoil(["policy", "lint", file, "--json"])).out)).toMatchObject({
      items: [],
      notChecked: ["lockout"],
    })
  })
})

describe("with a control plane", () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation()
  }, 60_000)
  afterAll(async () => {
    await installation.close()
  })

  const { as, release, openRequest, requestAfter } = peopleOf(() => installation)

  test("every listing is valid JSON with --json, nothing else on stdout, and plain text has no escape byte", async () => {
    for (const command of [
      ["exec", "list"],
      ["queue", "list"],
      ["contract", "list"],
      ["principal", "list"],
      ["grant", "list"],
      ["token", "list"],
      ["key", "list"],
      ["context", "list"],
      ["whoami"],
      ["doctor"],
    ]) {
      const json = await as("owner", [...command, "--json"])
      expect([command, json.code]).toEqual([command, 0])
      expect(JSON.parse(json.out)).toMatchObject({ schemaVersion: 1 })
      expect([command, refusedBySchema(command, json.out)]).toEqual([command, []])
      expect((await as("owner", [...command, "--color", "always", "--format", "plain"])).out).not.toContain(
        "\u001b",
      )
    }
  }, 60_000)

  test("INV-06 an agent's token never approves", async () => {
    const { approval, digest } = await requestAfter(await release(), "")
    const { code } = await as("release-agent", ["approve", approval, "--digest", digest])
    expect(code).toBe(4)
  })

  test("a request that was not shown cannot be approved: exit 2 names the flag", async () => {
    const { approval } = await openRequest()
    const { code, err } = await as("ana", ["approve", approval])
    expect(code).toBe(2)
    expect(err).toContain("--digest is needed")
  })

  test("another digest is stale, and the request stays as it is", async () => {
    const { approval } = await openRequest()
    expect((await as("ana", ["approve", approval, "--digest", "00000000"])).code).toBe(6)
    expect((await openRequest()).approval).toBe(approval)
  })

  test("Ctrl-C in a watch exits 130, names the command that goes on, and leaves the execution", async () => {
    const execution = await release()
    const { code, err } = await as("owner", ["exec", "watch", execution], {
      interruptAt: "approval.requested",
    })
    expect(code).toBe(130)
    expect(err).toContain("counterfoil exec watch exe_")
    expect((await as("owner", ["exec", "show", execution])).code).toBe(5)
  })

  test("one key is one execution, and another input under it is a conflict", async () => {
    const input = (version: string) => JSON.stringify({ repository: "demo", version })
    const submit = (version: string) =>
      as("release-agent", [
        "submit",
        "git.release.cut@1",
        "--input",
        input(version),
        "--key",
        "once",
        "--json",
      ])
    const [first, again, other] = [await submit("9.0.0"), await submit("9.0.0"), await submit("9.0.1")]
    const [, executionId = ""] = /"executionId": "(exe_\w+)"/.exec(first.out) ?? []
    expect(JSON.parse(again.out)).toMatchObject({ executionId, duplicate: true })
    expect(other.code).toBe(6)
    const cancelled = await as("release-agent", ["exec", "cancel", executionId, "-m", "only a test"])
    expect(cancelled.code).toBe(0)
  })

  test("a policy is shown with its digest; one file is replaced with what would change said first, to the approver too", async () => {
    const shown = await as("owner", ["policy", "show"])
    expect([shown.code, shown.out]).toEqual([
      0,
      expect.stringMatching(/^policy sha256:[0-9a-f]{64}\n[\s\S]*start\.read/),
    ])
    const file = join(folder, "refund.cedar")
    const rule = (id: string) =>
      `@id("${id}") @reason("not this week")\nforbid (principal, action == Counterfoil::Action::"controlPlane.execution.cancel@1", resource);\n`
    writeFileSync(file, rule("tenant.no-cancel"))
    const change = ["policy", "activate", file, "--layer", "tenant", "-m", "not this week"]
    const alone = await as("owner", change)
    expect([0, 5]).not.toContain(alone.code)
    expect(alone.err).toContain("removes tenant/control.cedar")
    const kept = await as("owner", [...change, "--keep-others", "--json"])
    expect([kept.code, kept.err]).toEqual([
      5,
      expect.stringMatching(/makes \d+ different decisions[\s\S]*execution\.cancel@1: allow, low → deny/),
    ])
    const [executionId = ""] = /exe_\w+/.exec(kept.out) ?? []
    const { approval } = await requestAfter(executionId, "")
    expect((await as("ana", ["queue", "show", approval])).out).toMatch(/makes \d+ different decisions/)
    writeFileSync(file, "forbid (principal, action")
    const broken = await as("owner", [...change, "--keep-others"])
    expect([broken.code, broken.err]).toEqual([3, expect.stringContaining("nothing was sent")])
    expect((await as("owner", ["exec", "cancel", executionId, "-m", "only a test"])).code).toBe(0)
  }, 60_000)

  test("in a review of several, each answer is sent at once, and stopping keeps what was said", async () => {
    const requests: string[] = []
    for (const version of ["9.1.0", "9.2.0", "9.3.0"]) {
      const input = JSON.stringify({ repository: "demo", version })
      const { out } = await as("release-agent", ["submit", "git.release.cut@1", "--input", input, "--json"])
      const [executionId = ""] = /exe_\w+/.exec(out) ?? []
      requests.push((await requestAfter(executionId, "")).approval)
    }
    const statusOf = async (approval: string) =>
      /"status": "(\w+)"/.exec((await as("ana", ["queue", "show", approval, "--json"])).out)?.[1]
    const seen: (string | undefined)[] = []
    const stop = new AbortController()
    const answers = [
      () => "yes",
      () => "no",
      () => {
        stop.abort()
        throw new DOMException("stopped", "AbortError")
      },
    ]
    const said: string[] = []
    const io = commandIo({
      env: installation.as("ana"),
      interactive: true,
      signal: stop.signal,
      out: (text) => said.push(text),
      ask: async () => {
        seen.push(await statusOf(requests[0] ?? ""))
        return answers[seen.length - 1]?.() ?? ""
      },
    })
    const code = await runCli(["approve", ...requests], io)
    expect(code).toBe(130)
    expect(seen).toEqual(["open", expect.not.stringMatching("open"), expect.not.stringMatching("open")])
    expect(await statusOf(requests[1] ?? "")).toBe("open")
    expect(await statusOf(requests[2] ?? "")).toBe("open")
    expect(said.join("")).toMatch(/^apr_\w+ {2}approved\.\n$/)
  }, 60_000)

  test("INV-06 one command makes an approver, whose own sign-in makes their token; two people share an account without sharing a key", async () => {
    const added = await as("owner", ["person", "add", "cleo", "--approver"])
    expect([added.code, added.err]).toEqual([0, expect.stringContaining("one-time sign-in, shown once")])
    const [signIn = ""] = /cfs_\S+/.exec(added.err) ?? []
    expect((await as("owner", ["person", "add", "cleo", "--approver"])).err).not.toContain("cfs_")
    const desk = { COUNTERFOIL_URL: installation.url, XDG_CONFIG_HOME: join(folder, "desk") }
    const at = (args: readonly string[], input = "") => counterfoil(args, { env: desk, input })
    const first = await at(["login", "--token-file", "-", "--name", "cleo"], signIn)
    expect([first.code, first.out]).toEqual([0, expect.stringMatching(/^cleo .*\n {0,2}roles +approver/)])
    const again = await at(["login", "--token-file", "-", "--name", "again"], signIn)
    expect([again.code, again.err]).toEqual([6, expect.stringContaining("SIGN_IN_SPENT")])
    expect((await as("owner", ["token", "list"])).out).toContain("tried again")
    const ana = installation.as("ana")["COUNTERFOIL_TOKEN"]
    expect(await at(["login", "--token-file", "-"], ana)).toMatchObject({
      code: 6,
      err: expect.stringContaining("another person") as string,
    })
    const elsewhere = await at(
      ["login", "--token-file", "-", "--name", "cleo", "--url", await deadUrl()],
      ana,
    )
    expect(elsewhere.code).not.toBe(0)
    expect((await at(["login", "--token-file", "-", "--name", "ana"], ana)).code).toBe(0)
    const keys = await Promise.all(
      ["cleo", "ana"].map((name) => at(["key", "enrol", "--context", name, "--json"])),
    )
    expect(keys.map(({ code }) => code)).toEqual([0, 0])
    expect(new Set(keys.map(({ out }) => /"keyId": "(\w+)"/.exec(out)?.[1])).size).toBe(2)
    const { approval, digest } = await requestAfter(await release(), "")
    expect((await at(["approve", approval, "--digest", digest, "--context", "cleo"])).code).toBe(0)
    expect((await at(["queue", "show", approval, "--context", "cleo"])).out).toMatch(
      /token +of hum_\w+: own sign-in/,
    )
    expect((await as("owner", ["exec", "list", "--requester", "release-agent"])).code).toBe(0)
    expect((await as("owner", ["principal", "disable", "cleo", "-m", "left"])).code).toBe(0)
  }, 90_000)

  test("an unknown id is not found, whether or not another tenant has it", async () => {
    const { code, err } = await as("owner", ["exec", "show", "exe_01kaz3v8g0e8r4n2t6w0y3b5d7"])
    expect([code, err]).toEqual([1, expect.stringContaining("error NOT_FOUND")])
  })
})

// Another release writes the same changelog, and then the commit that was approved here is refused: its state changed.
describe("with a control plane where no one else releases", () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation()
  }, 60_000)
  afterAll(async () => {
    await installation.close()
  })
  const { as, release, requestAfter } = peopleOf(() => installation)

  test("INV-08 a release is approved, signed where the tier is high, exported, verified and replayed", async () => {
    const execution = await release()
    const first = await requestAfter(execution, "")
    expect(
      (await as("ana", ["approve", first.approval, "--digest", first.digest, "-m", "looks right"])).code,
    ).toBe(0)
    const second = await requestAfter(execution, first.approval)
    expect((await as("ana", ["approve", second.approval, "--digest", second.digest])).code).toBe(4)
    for (const approver of ["ana", "ben"] as const) {
      expect((await as(approver, ["key", "enrol"])).code).toBe(0)
      expect(
        (await as(approver, ["approve", second.approval, "--digest", second.digest.slice(7, 15)])).code,
      ).toBe(0)
    }
    expect((await as("owner", ["exec", "watch", execution])).code).toBe(0)
    const [file, keys, altered] = [
      join(folder, "release.bundle"),
      join(folder, "keys.json"),
      join(folder, "altered.bundle"),
    ]
    expect((await as("owner", ["bundle", "export", execution, "--out", file])).code).toBe(0)
    writeFileSync(keys, (await as("owner", ["key", "list", "--json"])).out)
    const again = await as("owner", ["bundle", "export", execution, "--out", file])
    expect([again.code, again.err]).toEqual([6, expect.stringContaining("FILE_EXISTS")])
    const story = (await counterfoil(["bundle", "show", file])).out
    expect(story).toMatch(/asked for git\.release\.cut@1 repository demo, version/)
    expect(story).toMatch(/commit +hum_\w+ +hum_\w+ said approve \(token: .*\) "looks right"; now approved/)
    expect(story).toMatch(/binding: hold, tier medium, by start\.write-probeable/)
    expect(story).toMatch(/signed with key [0-9a-f]{64}, not checked here\)/)
    expect(story).toMatch(/ended, completed/)
    expect((await as("owner", ["trace", "show", execution])).out).toMatch(/step\.completed.* commit /)
    const alone = join(folder, "verify.mjs")
    const written = (await counterfoil(["bundle", "verifier"])).out
    writeFileSync(alone, written)
    expect(written.match(/^import .* from "(?!node:)/m)).toBeNull()
    const single = await run(process.execPath, [alone, file, "--keys", keys])
    expect(JSON.parse(single.out)).toMatchObject({ result: "couldNotCheck", proven: { ended: true } })
    expect(single.err).toMatch(/DERIVE: .*\nwarning: no head was given/)
    expect(single.code).toBe(1)
    expect((await counterfoil(["bundle", "verify", file])).code).toBe(1)
    expect((await counterfoil(["bundle", "verify", file, "--keys", keys, "--without-head"])).code).toBe(0)
    const replayed = await counterfoil(["replay", file])
    expect([replayed.code, replayed.out]).toEqual([
      0,
      expect.stringMatching(/^identical: .*\neffects caused: 0\n$/),
    ])
    expect(replayed.err).toContain("reviews and signatures were not checked: counterfoil bundle verify")
    expect((await as("owner", ["replay", execution])).code).toBe(0)
    writeFileSync(altered, readFileSync(file, "utf8").replace("looks right", "looks wrong"))
    expect((await counterfoil(["bundle", "verify", altered, "--keys", keys])).code).toBe(3)
    expect((await run(process.execPath, [alone, altered, "--keys", keys])).code).toBe(3)
    expect((await counterfoil(["bundle", "show", altered])).code).toBe(3)
  }, 120_000)
})

/** What people do with the program at an installation, which may start later. */
function peopleOf(installation: () => Installation) {
  const as = (somebody: Somebody, args: readonly string[], more: Circumstances = {}): Promise<Ended> =>
    counterfoil(args, { ...more, env: { ...installation().as(somebody), ...more.env } })
  const lines = async (somebody: Somebody, args: readonly string[]): Promise<readonly string[]> =>
    (await as(somebody, args)).out.trim().split("\n").slice(1)
  const release = async (): Promise<string> => {
    const waiting = ["--contract", "git.release.cut@1", "--status", "waiting", "--fields", "executionId"]
    return (await lines("owner", ["exec", "list", ...waiting]))[0] ?? ""
  }
  const openRequest = async (execution?: string) => {
    const ofOne = execution === undefined ? [] : ["--execution-id", execution]
    const [line = ""] = await lines("ana", [
      "queue",
      "list",
      ...ofOne,
      "--fields",
      "approvalId,approvalDigest",
    ])
    const [approval = "", digest = ""] = line.split(/ +/)
    return { approval, digest }
  }
  /** The first request of an execution with another id than `before`: the worker opens it by itself. */
  const requestAfter = (execution: string, before: string) =>
    until(`request of ${execution} after "${before}"`, 30_000, async () => {
      const found = await openRequest(execution)
      return found.approval === "" || found.approval === before ? null : found
    })
  return { as, release, openRequest, requestAfter }
}

/** A program to its end. */
const run = (program: string, args: readonly string[]) =>
  new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((resolve) => {
    execFile(program, args, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })

/** An address where no server listens any more. */
function deadUrl(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => {
        resolve(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`)
      })
    })
  })
}
