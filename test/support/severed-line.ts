// A line to a local port that a test can cut and mend: the server is unreachable for one side and reachable for others.
// Owns: the sockets. Does not own: what goes over them.

import { connect, createServer, type Socket } from "node:net"

/** A line; `port` leads to the target while the line is whole. */
export interface Line {
  readonly port: number
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Opens a line to a port of this machine. */
export async function openLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>()
  let whole = true
  const server = createServer((near) => {
    if (!whole) return void near.destroy()
    const far = connect(target, "127.0.0.1")
    for (const [socket, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on("error", () => undefined)
      socket.once("close", () => {
        sockets.delete(socket)
        peer.destroy()
      })
      socket.pipe(peer)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("no port")
  const cut = (): void => {
    whole = false
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    cut,
    mend: () => {
      whole = true
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
