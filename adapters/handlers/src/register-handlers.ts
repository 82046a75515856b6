// The built-in handlers, as an operator's configuration opens them.
// Owns: the list. Does not own: reading the configuration, nor using the handlers (wire.ts).
// Without configuration neither handler nor contract is registered: no contract without a handler, no handler without a contract.

import { DefinitionError, type Capability, type Contract } from "@counterfoil/contracts"
import type { Handler } from "@counterfoil/contracts/ports"
import { handlerCapabilities } from "./capabilities.ts"
import { fileReadHandler, fileWriteHandler } from "./fs/file-handlers.ts"
import { changeReadHandler } from "./git/change-read.ts"
import { commitCreateHandler } from "./git/commit-create.ts"
import { gitFileWriteHandler } from "./git/file-write.ts"
import { logReadHandler } from "./git/log-read.ts"
import { gitReleaseCut } from "./git/release-cut.ts"
import { openRepositories } from "./git/repository.ts"
import { tagCreateHandler, tagDeleteHandler } from "./git/tag-create.ts"
import type { FsConfig, GitConfig, HandlerConfig, HttpConfig, SecretReader } from "./handler-config.ts"
import { systemResolve } from "./http/exchange.ts"
import { requestHandlers } from "./http/request-handlers.ts"
import { commandReadHandler, commandRunHandler, type Programs } from "./process/command-run.ts"
import { inThread, runsInThread } from "./threads/in-thread.ts"
import type { PureThreads } from "./threads/pure-threads.ts"
import { templateEndings, textTemplateRender } from "./text/text-contracts.ts"

/** Handlers with the contracts and capabilities that a registry needs for them; contracts also hold the intents over them. */
export interface RegisteredHandlers {
  readonly handlers: readonly Handler[]
  readonly contracts: readonly Contract[]
  readonly capabilities: readonly Capability[]
}

/**
 * Opens what the configuration names. Calls `readSecret` when a request needs a secret, and never keeps its answer.
 * Throws `DefinitionError` for a pure handler that would run in the thread of leases and health.
 */
export function registerHandlers(
  config: HandlerConfig,
  readSecret: SecretReader,
  threads: PureThreads,
): RegisteredHandlers {
  const handlers = [
    ...pureHandlers(threads),
    ...(config.git === undefined ? [] : gitHandlers(config.git)),
    ...(config.fs === undefined ? [] : fsHandlers(config.fs)),
    ...(config.http === undefined ? [] : httpHandlers(config.http, readSecret)),
    ...(config.process === undefined
      ? []
      : processHandlers({ config: config.process, writable: writableFolders(config) })),
  ]
  checkThreads(handlers)
  const contracts = [
    ...handlers.map((handler) => handler.contract),
    ...(config.git === undefined ? [] : [gitReleaseCut]),
  ]
  return { handlers, contracts, capabilities: handlerCapabilities }
}

const pureHandlers = (threads: PureThreads): readonly Handler[] => [
  inThread(
    textTemplateRender,
    new URL("./text/template-render.ts", import.meta.url),
    threads,
    templateEndings,
  ),
]

/** Pure code may run for as long as its input makes it, so it must run in a thread. Throws `DefinitionError`. */
export function checkThreads(handlers: readonly Handler[]): void {
  const beside = handlers.filter((handler) => handler.contract.effect === "pure" && !runsInThread(handler))
  if (beside.length > 0)
    throw new DefinitionError(
      "the handlers",
      beside.map(({ contract }) => `${contract.ref} is pure: register it with inThread, among pureHandlers`),
    )
}

function gitHandlers(config: GitConfig): readonly Handler[] {
  const repositories = openRepositories(config)
  return [
    logReadHandler(repositories),
    gitFileWriteHandler(repositories),
    changeReadHandler(repositories),
    commitCreateHandler(repositories),
    tagCreateHandler(repositories),
    tagDeleteHandler(repositories),
  ]
}

const fsHandlers = (config: FsConfig): readonly Handler[] => [
  fileReadHandler(config),
  fileWriteHandler(config),
]
const httpHandlers = (config: HttpConfig, readSecret: SecretReader): readonly Handler[] =>
  requestHandlers({ config, readSecret, resolve: systemResolve })
const processHandlers = (programs: Programs): readonly Handler[] => [
  commandReadHandler(programs),
  commandRunHandler(programs),
]

/** Where the handlers of this configuration write files that an agent names. */
const writableFolders = ({ git, fs }: HandlerConfig): readonly string[] => [
  ...Object.values(git?.repositories ?? {}).map(({ path }) => path),
  ...Object.values(fs?.roots ?? {}).flatMap(({ path, writable }) => (writable ? [path] : [])),
]
