// Clients that other people's generators make from our OpenAPI document, at work: the blocks of docs/HTTP.md, as they stand there.
// One control plane and one run of the compiler serve all three.

import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { createClient } from "@hey-api/openapi-ts"
import openapiTypescript, { astToString } from "openapi-typescript"
import { generate as generateWithOrval } from "orval"
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
const OrvalConfig = z.strictObject({
  counterfoil: z.strictObject({
    input: z.string(),
    output: z.strictObject({ target: z.string(), client: z.literal("fetch"), baseUrl: z.url() }),
  }),
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
  // What a generated client imports is found where a reader would have installed it.
  symlinkSync(join(rootFolder, "test", "node_modules"), join(folder, "node_modules"))
  reader = openReader()
  await reader.run({ command: "npm start", output: "" })
  await Promise.all([withHeyApi(), withOpenapiTypescript(), withOrval()])
  for (const [name, file] of programs) writeFileSync(join(folder, file), blockOf(`ts ${name}`))
}, startsWithinMs)
afterAll(async () => {
  await reader.close()
  rmSync(folder, { recursive: true, force: true })
})

const programs = [
  ["openapi-client", "calls.ts"],
  ["openapi-fetch-client", "fetch-calls.ts"],
  ["orval-client", "orval-calls.ts"],
] as const
const document = join(rootFolder, "docs", "generated", "openapi.json")

function blockOf(info: string): string {
  const block = fencedBlock(page, info)
  if (block === null) throw new Error(`docs/HTTP.md has no block ${info}`)
  return block
}

async function withHeyApi(): Promise<void> {
  const { input, output } = Config.parse(JSON.parse(blockOf("json openapi-ts.config")))
  expect(join(rootFolder, input)).toBe(document)
  await createClient({
    input: document,
    output: { ...output, path: join(folder, output.path) },
    logs: { level: "silent" },
  })
}

async function withOpenapiTypescript(): Promise<void> {
  const types = await openapiTypescript(new URL(`file://${document}`), { silent: true })
  writeFileSync(join(folder, "openapi.ts"), astToString(types))
}

async function withOrval(): Promise<void> {
  const { input, output } = OrvalConfig.parse(JSON.parse(blockOf("json orval.config"))).counterfoil
  expect(join(rootFolder, input)).toBe(document)
  await generateWithOrval({
    input: { target: document },
    output: { ...output, target: join(folder, output.target), baseUrl: reader.url() },
  })
}

/** What one of the programs prints beside the started control plane. */
async function printedBy(file: string): Promise<readonly string[]> {
  const tokenOf = (name: string): string =>
    readFileSync(join(reader.folder, ".counterfoil", "demo", `${name}.token`), "utf8").trim()
  const { stdout } = await run(process.execPath, [join(folder, file)], {
    env: {
      ...process.env,
      "COUNTERFOIL_URL": reader.url(),
      "AGENT_TOKEN": tokenOf("release-agent"),
      "ANA_TOKEN": tokenOf("ana"),
    },
  })
  return stdout.trimEnd().split("\n")
}

describe("a client made from the OpenAPI document", () => {
  test(
    "compiles with the calls of the document against it, by each of three generators, and a wrong call does not",
    { timeout: 60_000 },
    async () => {
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
      const wrong = [
        ["calls.ts", "body: { as } })", "body: { contract: as } })"],
        ["fetch-calls.ts", 'body: { key: "openapi-fetch", as }', "body: { key: 1, as }"],
        ["orval-calls.ts", '{ key: "orval", as }', "{ key: 1, as }"],
      ] as const
      for (const [file, right, changed] of wrong) {
        const calls = readFileSync(join(folder, file), "utf8")
        expect(calls).toContain(right)
        writeFileSync(join(folder, `wrong-${file}`), calls.replace(right, changed))
      }
      const faults = await checked()
      for (const [file] of wrong) expect(faults).toContain(`wrong-${file}`)
    },
  )

  test(
    "of hey-api submits, previews, reads the queue, reviews and reads the trace",
    { timeout: 30_000 },
    async () => {
      expect(await printedBy("calls.ts")).toEqual([
        "6 steps, 0 reasons why not",
        "waiting, asked before: true",
        "commit: approved",
        "chain ok, 1 review",
        "without a key: INPUT_INVALID",
      ])
    },
  )

  test.each(["fetch-calls.ts", "orval-calls.ts"])(
    "of %s submits, reads what became of it, and reads a refusal by its code",
    { timeout: 30_000 },
    async (file) => {
      expect(await printedBy(file)).toEqual([
        `completed {"text":"Hello Mia"}`,
        "read: completed",
        "with a wrong id: INPUT_INVALID",
      ])
    },
  )
})
