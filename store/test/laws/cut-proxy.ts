// A TCP proxy that cuts connections around a commit, for tests of lost answers.
// Owns: forwarding bytes and the moment of the cut. Does not own: what the bytes mean.

import { connect, createServer, type Socket } from "node:net"

/** Where the next answer gets lost: nowhere, before the request reaches the server, or before its answer reaches the client. */
export type Cut = "none" | "request" | "answer"

/** A running proxy on a loopback port. */
export interface CutProxy {
  readonly port: number
  /** The next request that holds this text, on any connection, or its answer, closes the connection instead of passing. */
  cutNext(cut: Cut, holding?: string): void
  close(): Promise<void>
}

/** Starts a proxy to a port of this machine. */
export async function startCutProxy(targetPort: number): Promise<CutProxy> {
  let next: { readonly cut: Cut; readonly holding: string } = { cut: "none", holding: "" }
  const sockets = new Set<Socket>()
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => sockets.delete(socket))
    return socket
  }
  const server = createServer((client) => {
    const upstream = track(connect(targetPort, "127.0.0.1"))
    track(client)
    let losesAnswer = false
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    client.on("data", (bytes) => {
      const due = next.cut !== "none" && bytes.includes(next.holding)
      const loses = due ? next.cut : "none"
      if (due) next = { cut: "none", holding: "" }
      if (loses === "request") return cut()
      losesAnswer = loses === "answer"
      upstream.write(bytes)
    })
    // An answer is lost only after it was made: by then the server has done the request.
    upstream.on("data", (bytes) => (losesAnswer ? cut() : client.write(bytes)))
    client.on("close", () => upstream.destroy())
    upstream.on("close", () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port")
  return {
    port: address.port,
    cutNext: (cut, holding = "") => {
      next = { cut, holding }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
