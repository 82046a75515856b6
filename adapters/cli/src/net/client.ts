// Calls the server for commands: one request, one answer, and problems as errors with the server's own words.
// Owns: headers, timeouts, and the meaning of a lost answer. Does not own: which operations exist (endpoint.ts).
// Keeps INV-03: a keyed request whose answer was lost is sent again with the same key; without a key it ends in doubt.

import { Problem, errors, parseWith, type Json, type JsonObject } from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import type { Settings } from "../settings/settings.ts"
import { httpRequest, keyHeader, type HttpRequest } from "@counterfoil/sdk/http"
import type { Endpoint } from "./endpoint.ts"

/** An answer's body, *untrusted* until a schema has parsed it. `final` is false while the record can still change. */
interface ReceivedAnswer {
  readonly body: Json
  readonly final: boolean
}

/** The calls a command makes. */
export interface Client {
  readonly url: string
  /** Calls an operation. `waitSeconds` asks the server to hold the answer until it is final. Errors: AnsweredProblem, CliError. */
  call(endpoint: Endpoint, input: JsonObject, waitSeconds?: number): Promise<ReceivedAnswer>
  /** Opens a path that is not an operation: a stream or a health page. Any status is an answer. */
  open(path: string, headers: { readonly [name: string]: string }): Promise<Response>
}

/** What the client needs; `say` gets one line for each request, with `--verbose`. */
interface ClientWorld {
  readonly settings: Settings
  readonly signal: AbortSignal
  readonly say: ((line: string) => void) | null
}

/** The most attempts of a safely repeatable request when the connection breaks. */
const attemptsMax = 3

/** A client of the server in the settings. */
export function openClient({ settings, signal, say }: ClientWorld): Client {
  const headers = {
    accept: "application/json",
    ...(settings.token === null ? {} : { authorization: `Bearer ${settings.token}` }),
  }
  const send = async (request: HttpRequest, waitSeconds: number): Promise<Response> => {
    say?.(`${request.method} ${settings.url}${request.target}`)
    return await fetch(`${settings.url}${request.target}`, {
      method: request.method,
      body: request.body,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs + waitSeconds * 1_000)]),
      headers: {
        ...headers,
        ...(request.body === null ? {} : { "content-type": "application/json" }),
        ...(request.key === null ? {} : { "idempotency-key": keyHeader(request.key) }),
        ...(waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` }),
      },
    })
  }
  return {
    url: settings.url,
    call: async (endpoint, input, waitSeconds = 0) => {
      const request = httpRequest(endpoint, input)
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await answerOfResponse(await send(request, waitSeconds), settings.url)
        } catch (cause) {
          if (cause instanceof AnsweredProblem || cause instanceof CliError || signal.aborted) throw cause
          const mayRepeat = endpoint.reads || request.key !== null
          if (neverArrived(cause) || !mayRepeat || attempt === attemptsMax)
            throw lost(cause, settings.url, endpoint, request)
        }
      }
    },
    open: async (path, extra) => {
      try {
        return await fetch(`${settings.url}${path}`, {
          headers: { ...headers, ...extra },
          signal,
          redirect: "error",
        })
      } catch (cause) {
        if (signal.aborted) throw cause
        throw unreachable(settings.url)
      }
    },
  }
}

async function answerOfResponse(response: Response, url: string): Promise<ReceivedAnswer> {
  const body = (await response.json().catch((cause: unknown) => {
    // A body that is not JSON comes from another program on that port; a broken connection has an error of its own.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  })) as Json | undefined
  if (response.ok && body !== undefined) return { body, final: response.status !== 202 }
  const problem = parseWith(Problem, body)
  if (problem.ok) throw new AnsweredProblem(problem.value)
  throw new CliError(`${url} answered ${response.status}, and not as a control plane does.`, {
    code: "NOT_A_SERVER",
    ends: "failed",
    fix: "counterfoil doctor",
  })
}

/** True when the request cannot have had an effect: nothing listens there, or the name does not exist. */
function neverArrived(cause: unknown): boolean {
  const code =
    cause instanceof Error && cause.cause instanceof Error && "code" in cause.cause
      ? String(cause.cause.code)
      : ""
  return code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN"
}

function lost(cause: unknown, url: string, endpoint: Endpoint, request: HttpRequest): CliError {
  if (neverArrived(cause)) return unreachable(url)
  const { template } = errors.OUTCOME_UNKNOWN
  if (endpoint.reads)
    return new CliError(`No answer from ${url}.`, {
      code: "SERVER_UNREACHABLE",
      ends: "failed",
      fix: "counterfoil doctor",
    })
  return new CliError(template, {
    code: "OUTCOME_UNKNOWN",
    ends: "inDoubt",
    see: "docs/errors/OUTCOME_UNKNOWN.md",
    fix: "counterfoil exec list",
    lines:
      request.key === null ? [] : [`It is safe to run the same command again with --key ${request.key}.`],
  })
}

function unreachable(url: string): CliError {
  return new CliError(`No control plane answers at ${url}.`, {
    code: "SERVER_UNREACHABLE",
    ends: "failed",
    fix: "counterfoil start",
  })
}
