// Submitters: a fixed number of requests at once, each answered when its execution is completed.
// Owns: keeping the number in flight, and the time of each. Does not own: the requests (workload.ts).
// An answer that is not `completed` ends the run: a rate of refusals is not a figure.

import { invariant, type Json } from "@counterfoil/contracts"
import { request, Agent } from "node:http"
import type { Installation } from "./installation.ts"

/** What one run measured; `latenciesMs` from asking to the completed answer. */
export interface SubmitRun {
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
}

/** How to request one execution, and the body of its answer. */
export type Submit = (key: string) => Promise<Json>

/** Through the gate of this process: token look-up, parsing, verdicts, the durable record; no socket. */
export const inProcess =
  (installation: Installation): Submit =>
  async (key) => {
    const answer = await installation.call("controlPlane.intent.submit@1", asked(key), waitMs)
    invariant(answer.kind === "answer", "INV-14", { key, refused: answer.kind })
    return answer.body
  }

/** Over HTTP; from this process, client and server share its one thread and the figure is a lower bound. Callers take turns. */
export function overHttp(url: string, tokens: readonly string[]): { readonly submit: Submit; close(): void } {
  const posts = openPosts(url)
  let turn = 0
  const submit: Submit = (key) =>
    posts.send("/v1/intents", asked(key), {
      authorization: `Bearer ${tokens[(turn += 1) % tokens.length]}`,
      prefer: `wait=${waitMs / 1000}`,
    })
  return { submit, close: posts.close }
}

/** Posts of JSON to one server over connections that are kept. An answer that is not 200 is thrown. */
export function openPosts(url: string): {
  send(path: string, body: Json, headers?: Readonly<Record<string, string>>): Promise<Json>
  readonly close: () => void
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 })
  const { hostname, port } = new URL(url)
  return {
    send: (path, body, given = {}) =>
      new Promise((resolve, reject) => {
        const headers = { ...given, "content-type": "application/json" }
        const sent = request({ hostname, port, path, method: "POST", agent, headers }, (got) => {
          let text = ""
          got.setEncoding("utf8")
          got.on("data", (part: string) => {
            text += part
          })
          got.on("end", () => {
            if (got.statusCode === 200) resolve(JSON.parse(text) as Json)
            else reject(new Error(`HTTP ${got.statusCode}: ${text.slice(0, 300)}`))
          })
        })
        sent.on("error", reject)
        sent.end(JSON.stringify(body))
      }),
    close: () => agent.destroy(),
  }
}

const waitMs = 25_000

let asks = 0
/** What a submission under `key` says. */
export const asked = (key: string): { readonly [field: string]: Json } => ({
  key,
  // No two alike: nothing that is remembered by content flatters the figure.
  as: { contract: "bench.three.run@1", input: { text: "something to do", count: (asks += 1) % 900_000 } },
  wait: "PT25S",
})

/** Keeps `inFlight` submissions under way until `count` have been answered. */
export async function runSubmitters(
  submit: Submit,
  { inFlight, count }: { readonly inFlight: number; readonly count: number },
): Promise<SubmitRun> {
  const latenciesMs: number[] = []
  const run = crypto.randomUUID()
  let asking = 0
  const one = async (): Promise<void> => {
    while (asking < count) {
      asking += 1
      const key = `${run}-${asking}`
      const begunMs = performance.now()
      const body = await submit(key)
      latenciesMs.push(performance.now() - begunMs)
      invariant(statusOf(body) === "completed", "INV-14", { key, status: String(statusOf(body)) })
    }
  }
  const begunMs = performance.now()
  await Promise.all(Array.from({ length: inFlight }, one))
  return { perSecond: (count / (performance.now() - begunMs)) * 1000, latenciesMs }
}

const statusOf = (body: Json): unknown =>
  typeof body === "object" && body !== null && "status" in body ? body.status : undefined
