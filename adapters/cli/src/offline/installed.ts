// What is available without a server: contracts with their code, and the policy engine.
// Owns: combining them for offline work. The handlers made here are never called.

import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  Duration,
  makeRegistry,
  type Registry,
} from "@counterfoil/contracts"
import { engineWasmUrl, openWasmEngine, type CedarEngine } from "@counterfoil/policy"
import { CliError } from "../cli-error.ts"
import { type HandlerConfig, registerHandlers, openPureThreads } from "@counterfoil/handlers"
import { readHandlers } from "@counterfoil/server/settings"

/** The flag for the configuration from which the contracts of handlers are made. */
export const dataFlag = {
  long: "data",
  value: "DIR",
  help: "a control plane's folder; its handlers.json configures the contracts",
}

/** Every contract of this release, with the configuration of `dataDir`. */
export function installedRegistry(dataDir: string | undefined): Registry {
  if (dataDir !== undefined && !existsSync(dataDir)) {
    throw new CliError(`${dataDir} does not exist.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix: "pass --data the folder of a control plane",
    })
  }
  const config = { ...everySection, ...(dataDir === undefined ? {} : readHandlers(dataDir)) }
  const { contracts, capabilities } = registerHandlers(
    config,
    () => Promise.resolve(undefined),
    openPureThreads(),
  )
  return makeRegistry(
    [...controlPlaneContracts, ...contracts],
    [...controlPlaneCapabilities, ...capabilities],
  )
}

/** The policy engine of this release. Errors: its bytes are not the tested ones. */
export async function installedEngine(): Promise<CedarEngine> {
  const opened = openWasmEngine(await readFile(new URL(engineWasmUrl())))
  if (opened.ok) return opened.value
  throw new CliError("The policy engine is not the one that this release was tested with.", {
    code: "ENGINE_UNKNOWN",
    ends: "failed",
    fix: "npm ci",
  })
}

/** The contracts that a section of the configuration adds, by reference; a control plane without the section does not have them. */
export function configuredContracts(): ReadonlyMap<string, string> {
  const threads = openPureThreads()
  const refsOf = (config: HandlerConfig): readonly string[] =>
    registerHandlers(config, () => Promise.resolve(undefined), threads).contracts.map(({ ref }) => ref)
  const always = new Set(refsOf({}))
  const { git, fs, http, process } = everySection
  const sections: readonly (readonly [section: string, config: HandlerConfig])[] = [
    ["git", { git }],
    ["fs", { fs }],
    ["http", { http }],
    ["http with keyed", { http: { ...http, keyed: someKey } }],
    ["process", { process }],
  ]
  const found = new Map<string, string>()
  for (const [section, config] of sections) {
    for (const ref of refsOf(config)) if (!always.has(ref) && !found.has(ref)) found.set(ref, section)
  }
  return found
}

/** An invented service that honours keys: only its contract is needed. */
const someKey = {
  origins: ["https://keyed.example"],
  header: "idempotency-key",
  window: Duration.parse("P1D"),
}

/** Every section, without real targets: only the contracts of its handlers are needed. */
const everySection = {
  git: { program: "git", author: { name: "nobody", email: "nobody@localhost" }, repositories: {} },
  fs: { roots: {} },
  http: { hosts: [] },
  process: { commands: {} },
}
