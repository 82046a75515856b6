// A TCP proxy that cuts connections around a commit, for tests of lost answers.
// Owns: forwarding bytes and the moment of the cut. Does not own: what the bytes mean.

import { connect, createServer } from "node:net"
import type { Socket } from "node:net"

/** Where the next answer gets lost: nowhere, before the request reaches the server, or before its answer reaches the client. */
export type Cut = "none" | "request" | "answer"

/** A running proxy on a loopback port. */
export interface CutProxy {
  readonly port: number
  /** The next bytes in that direction, on any connection, close it instead of passing. */
  cutNext(cut: Cut): void
  close(): Promise<void>
}

/** Starts a proxy to a port of this machine. */
export async function startCutProxy(targetPort: number): Promise<CutProxy> {
  let next: Cut = "none"
  const sockets = new Set<Socket>()
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => sockets.delete(socket))
    return socket
  }
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1")
    track(client)
    track(upstream)
    // An answer is lost only after the whole of it was made: the server has committed by then.
    const pass = (from: Socket, to: Socket, cut: Cut): void => {
      from.on("data", (bytes) => {
        if (next === cut) {
          next = "none"
          client.destroy()
          upstream.destroy()
        } else {
          to.write(bytes)
        }
      })
      from.on("close", () => to.destroy())
    }
    pass(client, upstream, "request")
    pass(upstream, client, "answer")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port")
  return {
    port: address.port,
    cutNext: (cut) => {
      next = cut
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
