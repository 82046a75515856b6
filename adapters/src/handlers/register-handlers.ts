// The built-in handlers, as an operator's configuration opens them.
// Owns: the list. Does not own: reading the configuration, nor what is done with the handlers (wire.ts).
// What is not configured is not there: no contract without a handler, no handler without a contract.

import type { Capability, Contract } from "@counterfoil/contracts"
import type { Handler } from "@counterfoil/contracts/ports"
import { handlerCapabilities } from "./capabilities.ts"
import { fileReadHandler, fileWriteHandler } from "./fs/file-handlers.ts"
import { commitCreateHandler } from "./git/commit-create.ts"
import { gitFileWriteHandler } from "./git/file-write.ts"
import { logReadHandler } from "./git/log-read.ts"
import { gitReleaseCut } from "./git/release-cut.ts"
import { openRepositories } from "./git/repository.ts"
import { tagCreateHandler, tagDeleteHandler } from "./git/tag-create.ts"
import type {
  FsConfig,
  GitConfig,
  HandlerConfig,
  HttpConfig,
  ProcessConfig,
  SecretReader,
} from "./handler-config.ts"
import { systemResolve } from "./http/exchange.ts"
import { requestHandlers } from "./http/request-handlers.ts"
import { commandRunHandler } from "./process/command-run.ts"
import { templateRenderHandler } from "./text/template-render.ts"

/** Handlers with the contracts and capabilities that a registry needs for them; contracts also hold the intents over them. */
export interface RegisteredHandlers {
  readonly handlers: readonly Handler[]
  readonly contracts: readonly Contract[]
  readonly capabilities: readonly Capability[]
}

/** Opens what the configuration names. `readSecret` is asked when a request needs a secret, and nothing keeps its answer. */
export function registerHandlers(config: HandlerConfig, readSecret: SecretReader): RegisteredHandlers {
  const handlers = [
    templateRenderHandler(),
    ...(config.git === undefined ? [] : gitHandlers(config.git)),
    ...(config.fs === undefined ? [] : fsHandlers(config.fs)),
    ...(config.http === undefined ? [] : httpHandlers(config.http, readSecret)),
    ...(config.process === undefined ? [] : processHandlers(config.process)),
  ]
  const contracts = [
    ...handlers.map((handler) => handler.contract),
    ...(config.git === undefined ? [] : [gitReleaseCut]),
  ]
  return { handlers, contracts, capabilities: handlerCapabilities }
}

function gitHandlers(config: GitConfig): readonly Handler[] {
  const repositories = openRepositories(config)
  return [
    logReadHandler(repositories),
    gitFileWriteHandler(repositories),
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
const processHandlers = (config: ProcessConfig): readonly Handler[] => [commandRunHandler(config)]
