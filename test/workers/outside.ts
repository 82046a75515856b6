// The outside world of the worker tests: a service in the judge's own process, which keeps its own book.
// Owns: the book, and what each effect class means to a service. Does not own: who calls (work.ts), any verdict.
// No line of it is written by what is judged, and it outlives every process that is killed.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { setTimeout as pauseFor } from "node:timers/promises"

/** Something that happened, in the order of happening. */
export interface Happening {
  readonly label: string
  readonly key: string
  readonly atMs: number
}

/** The service at work. */
export interface Outside {
  readonly url: string
  readonly happened: readonly Happening[]
  /** Labels that happened more than once. */
  readonly repeated: () => readonly string[]
  close(): Promise<void>
}

/** Starts it; an act takes up to `slowMs`, before or after it happens, so that kills find both. */
export async function startOutside(slowMs: number): Promise<Outside> {
  const happened: Happening[] = []
  const keys = new Set<string>()
  const act = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://outside")
    const key = url.searchParams.get("key") ?? ""
    if (url.pathname === "/happened") return answer(response, { happened: keys.has(key) })
    await pauseFor(Math.random() * slowMs)
    // A keyed act happens once a key; a probeable one at every call.
    if (url.pathname !== "/keyed" || !keys.has(key))
      happened.push({ label: url.searchParams.get("label") ?? "", key, atMs: performance.now() })
    keys.add(key)
    await pauseFor(Math.random() * slowMs)
    answer(response, { happened: true })
  }
  const server = createServer((request, response) => {
    act(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve)
  })
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    happened,
    repeated: () => {
      const seen = new Set<string>()
      return happened.flatMap(({ label }) => {
        if (seen.has(label)) return [label]
        seen.add(label)
        return []
      })
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}
