// An agent's side of Counterfoil: submit an intent under a key, read its state, wait for its end.
// Owns: the calls and their answers. Does not own: transports, repeating, the meaning of a record (contracts).
// It keeps no state of an execution: after a crash, the same key finds it again, and `resume` reads it.

import {
  answerOf,
  ExecutionId,
  intentSubmit,
  parseWith,
  Submitted,
  type Answer,
  type Json,
} from "@counterfoil/contracts"
import {
  typedAnswer,
  type AgentContract,
  type AgentContracts,
  type InputOf,
  type NoContracts,
  type OutputOf,
  type RefOf,
} from "./agent-contracts.ts"
import { ask } from "./ask.ts"
import { asTool, getIntentTool, type AgentTool } from "./as-tool.ts"
import { openCorrections } from "./corrections.ts"
import { forecast, type Forecast } from "./forecast.ts"
import { openHttpTransport } from "./http-transport.ts"
import { openNatsTransport } from "./nats-transport.ts"
import { isGiven, submissionOf, type Source, type SubmitOptions } from "./submission.ts"
import type { Transport } from "./transport.ts"
import { Unreachable } from "./unreachable.ts"
import { answerWithinMs, readAnswer, unread, unreadable, waitFor } from "./wait.ts"

/** The address of the control plane, and the token to use. */
export interface AgentSettings<C extends AgentContracts = AgentContracts> {
  /** `https://control.acme.test`, or `nats://user:password@nats.acme.test:4222/acme` with the tenant as its path. */
  readonly url: string
  /** The agent's own token. */
  readonly token: string
  /** Contracts by reference: they type inputs and outputs, and outputs are parsed by them. */
  readonly contracts?: C
  /** How long a request whose answer was lost is sent again, in milliseconds; 30,000 by default. */
  readonly patienceMs?: number
}

/** How long and how to wait for an end, and the contract of the execution. */
export interface WaitOptions<R extends string = string> {
  readonly timeoutMs: number
  readonly by?: "poll" | "stream"
  /** Types and parses the output. */
  readonly contract?: R
}

/** The calls of an agent. They throw `Unreachable` when no answer is known, and `TypeError` for misuse; all else is an answer. */
export interface Agent<C extends AgentContracts = NoContracts> {
  /** Submits an intent. Under a key that was used before it returns the state of that submission. */
  submit<R extends RefOf<C>>(
    contract: R,
    input: InputOf<C, R>,
    options: SubmitOptions,
  ): Promise<Answer<OutputOf<C, R>>>
  /** Submits steps of the agent's own, as a draft. */
  submitDraft(draft: Json, options: SubmitOptions): Promise<Answer>
  /** Waits for the end; when the time is over it returns the present state, and changes nothing. */
  wait<R extends RefOf<C>>(executionId: string, options: WaitOptions<R>): Promise<Answer<OutputOf<C, R>>>
  /** Reads the present state, for instance after a restart of the agent. */
  resume(executionId: string): Promise<Answer>
  /** The plan for an input, and policy's verdicts on it; nothing is stored. */
  plan<R extends RefOf<C>>(contract: R, input: InputOf<C, R>): Promise<Forecast>
  /** A contract as a tool for a model. */
  asTool(contract: AgentContract): AgentTool
  /** The tool that the texts of `asTool` tools ask a model to call. */
  getIntentTool(): AgentTool
  /** Closes connections; what was submitted goes on. */
  close(): Promise<void>
}

const patienceMsDefault = 30_000

/** An agent of the control plane at an address. Throws `TypeError` for an address it cannot use. */
export function counterfoil<const C extends AgentContracts = NoContracts>(
  settings: AgentSettings<C>,
): Agent<C> {
  if (!isGiven(settings)) throw new TypeError("counterfoil takes the address and a token of a control plane")
  const contracts: AgentContracts = settings.contracts ?? {}
  for (const [ref, contract] of Object.entries(contracts))
    if (contract.ref !== ref) throw new TypeError(`the contract given as ${ref} is ${contract.ref}`)
  const transport = openTransport(settings)
  const patienceMs = settings.patienceMs ?? patienceMsDefault
  const submitted = (source: Source, options: SubmitOptions) => submit(transport, source, options, patienceMs)
  const corrections = openCorrections()
  const agent: Agent<C> = {
    submit: async (contract, input, options) =>
      typedAnswer(await submitted({ contract, input: input as Json }, options), contracts[contract]),
    submitDraft: (draft, options) => submitted({ draft }, options),
    wait: async (executionId, options) => {
      if (!isGiven(options)) throw new TypeError("wait takes options with timeoutMs, how long it may take")
      const { timeoutMs, by = "poll", contract } = options
      if (!(timeoutMs >= 0)) throw new TypeError("timeoutMs must be 0 or more milliseconds")
      const answer = await waitFor(transport, executionIdOf(executionId), { timeoutMs, by })
      return typedAnswer(answer, contract === undefined ? undefined : contracts[contract])
    },
    resume: async (executionId) => {
      const id = executionIdOf(executionId)
      const read = await readAnswer(transport, id, 0, patienceMs)
      if (read.kind === "lost" || read.kind === "problem") throw unread(id, read)
      return read
    },
    plan: (contract, input) => forecast(transport, { contract, input: input as Json }, patienceMs),
    asTool: (contract) =>
      asTool(contract, {
        submit: (input, options) => submitted({ contract: contract.ref, input }, options),
        corrections,
      }),
    getIntentTool: () =>
      getIntentTool((executionId, timeoutMs) => waitFor(transport, executionId, { timeoutMs, by: "poll" })),
    close: () => transport.close(),
  }
  return agent
}

function openTransport({ url, token }: AgentSettings): Transport {
  if (typeof url !== "string") throw new TypeError("url must be the address of a control plane")
  if (typeof token !== "string" || !/^[!-~]+$/.test(token))
    throw new TypeError("token must be the text of a token")
  if (/^(nats|tls):/.test(url)) return openNatsTransport(url, token)
  const address = URL.parse(url)
  if (address?.protocol !== "http:" && address?.protocol !== "https:")
    throw new TypeError("url must begin with http://, https://, nats:// or tls://")
  return openHttpTransport(address, token)
}

async function submit(
  transport: Transport,
  source: Source,
  options: SubmitOptions,
  patienceMs: number,
): Promise<Answer> {
  const { key, input, waitSeconds, traceparent } = submissionOf(source, options)
  const timeoutMs = waitSeconds * 1_000 + answerWithinMs
  const asked = await ask(
    transport,
    { contract: intentSubmit, input, waitSeconds, traceparent, timeoutMs },
    patienceMs,
  )
  if (asked.kind === "problem") return { kind: "refused", problem: asked.problem }
  if (asked.kind === "lost") throw new Unreachable({ key, executionId: null, ...asked })
  const record = parseWith(Submitted, asked.body)
  // The submission was accepted, but its record cannot be read here. Submitting again under the key is as safe as after a lost answer.
  if (!record.ok) throw new Unreachable({ key, executionId: null, problem: null, cause: unreadable })
  return answerOf(record.value)
}

function executionIdOf(text: string): ExecutionId {
  const parsed = ExecutionId.safeParse(text)
  if (!parsed.success) throw new TypeError("executionId must be the id of an execution")
  return parsed.data
}
