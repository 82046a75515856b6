// A receiver of callbacks on loopback: what arrived, and what it answers.
// Owns: its socket and what it saw. Does not own: who sends, nor what a test expects.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import { ReceivedEvent } from "@counterfoil/server/outbound"
import { verifyCallback } from "@counterfoil/sdk"

/** One request as it came. */
export interface ReceivedCallback {
  readonly path: string
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly event: ReceivedEvent
  isSignedBy(...secrets: readonly string[]): boolean
}

/** A receiver; `answer` may be set anew at any time. */
export interface CallbackReceiver {
  readonly url: string
  readonly port: number
  readonly seen: readonly ReceivedCallback[]
  answer: (response: ServerResponse, callback: ReceivedCallback) => void
  /** What arrived of an execution, in order. */
  of(executionId: string): readonly ReceivedCallback[]
  close(): Promise<void>
}

/** Answers with a status and no body. */
export const answering =
  (status: number): CallbackReceiver["answer"] =>
  (response) => {
    response.writeHead(status).end()
  }

/** Opens one that answers 204; on `port`, or on a free one. */
export async function openCallbackReceiver(port = 0): Promise<CallbackReceiver> {
  const seen: ReceivedCallback[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const raw = Buffer.concat(chunks)
      const { headers } = request
      const callback: ReceivedCallback = {
        path: request.url ?? "",
        id: String(headers["webhook-id"]),
        headers,
        body: raw.toString("utf8"),
        event: ReceivedEvent.parse(JSON.parse(raw.toString("utf8"))),
        isSignedBy: (...secrets) => verifyCallback(headers, raw, secrets),
      }
      seen.push(callback)
      receiver.answer(response, callback)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const address = server.address()
  const at = typeof address === "object" && address !== null ? address.port : 0
  const receiver: CallbackReceiver = {
    url: `http://127.0.0.1:${at}/done`,
    port: at,
    seen,
    answer: answering(204),
    of: (executionId) => seen.filter(({ event }) => event.subject === executionId),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}
