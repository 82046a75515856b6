// A client that somebody else's generator makes from our OpenAPI document, at work: the block of docs/HTTP.md, as it stands there.

import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { createClient } from "@hey-api/openapi-ts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { rootFolder } from "../architecture/source-tree.ts"
import { fencedBlock } from "./run-blocks.ts"
import { openReader, type Reader } from "./run-document.ts"

const run = promisify(execFile)
const page = readFileSync(join(rootFolder, "docs", "HTTP.md"), "utf8")
const Config = z.strictObject({
  input: z.string(),
  output: z.strictObject({ path: z.string(), module: z.strictObject({ extension: z.string() }) }),
})

// Below the root, where the types of Node are found.
const cache = join(rootFolder, ".cache")
/** A client is generated and a control plane started, on a machine that may be busy with others. */
const startsWithinMs = 120_000
let folder: string
let reader: Reader
beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, "generated-client-"))
  const { input, output } = Config.parse(JSON.parse(fencedBlock(page, "json openapi-ts.config") ?? ""))
  await createClient({
    input: join(rootFolder, input),
    output: { ...output, path: join(folder, output.path) },
    logs: { level: "silent" },
  })
  writeFileSync(join(folder, "calls.ts"), fencedBlock(page, "ts openapi-client") ?? "")
  reader = openReader()
  await reader.run({ command: "npm start", output: "" })
}, startsWithinMs)
afterAll(async () => {
  await reader.close()
  rmSync(folder, { recursive: true, force: true })
})

describe("AGT-60 a client made from the OpenAPI document", () => {
  test("compiles with the calls of the demo against it", { timeout: 60_000 }, async () => {
    const options = {
      extends: "../../tsconfig.json",
      // Fetch and its types; what is generated does not keep our stricter rules.
      compilerOptions: { lib: ["esnext", "dom"], exactOptionalPropertyTypes: false, incremental: false },
      include: ["."],
    }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options))
    const checked = (): Promise<string> =>
      run("tsc", ["--noEmit", "-p", folder]).then(
        () => "no errors",
        (error: { readonly stdout: string }) => error.stdout,
      )
    expect(await checked()).toBe("no errors")
    const calls = readFileSync(join(folder, "calls.ts"), "utf8")
    writeFileSync(join(folder, "wrong.ts"), calls.replace("body: { as } })", "body: { contract: as } })"))
    expect(await checked()).toContain("wrong.ts")
  })

  test("submits, previews, reads the queue, reviews and reads the trace", { timeout: 30_000 }, async () => {
    const tokenOf = (name: string): string =>
      readFileSync(join(reader.folder, ".counterfoil", "demo", `${name}.token`), "utf8").trim()
    const { stdout } = await run(process.execPath, [join(folder, "calls.ts")], {
      env: {
        ...process.env,
        "COUNTERFOIL_URL": reader.url(),
        "AGENT_TOKEN": tokenOf("release-agent"),
        "ANA_TOKEN": tokenOf("ana"),
      },
    })
    expect(stdout.trimEnd().split("\n")).toEqual([
      "6 steps, 0 reasons why not",
      "waiting, asked before: true",
      "commit: approved",
      "chain ok, 1 review",
      "without a key: INPUT_INVALID",
    ])
  })
})
