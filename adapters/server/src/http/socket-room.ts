// Keeps sockets free for new callers: when a listener is nearly full, the socket that has been idle longest is closed.
// Owns: which sockets are idle, and closing them. Does not own: how long a socket may be idle otherwise (http-limits.ts).
// An idle socket costs its peer nothing, so without this limit a few thousand of them would block every other caller.

import type { Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"

/** The share of the sockets that is kept free: a closed socket still counts until the server has noticed its end. */
const freeShare = 0.1

/** Bounds the sockets of a server. A socket with a request under way, such as a stream, is never closed to admit another one. */
export function keepRoom(server: Server, connectionsMax: number): void {
  server.maxConnections = connectionsMax
  const filledMax = connectionsMax - Math.max(1, Math.floor(connectionsMax * freeShare))
  const open = new Set<Socket>()
  // In the order in which they became idle: a set keeps insertion order.
  const idle = new Set<Socket>()
  const underWay = new Map<Socket, number>()

  server.on("connection", (socket) => {
    open.add(socket)
    idle.add(socket)
    socket.once("close", () => {
      open.delete(socket)
      idle.delete(socket)
      underWay.delete(socket)
    })
    const [oldest] = idle
    if (open.size <= filledMax || oldest === undefined) return
    open.delete(oldest)
    idle.delete(oldest)
    oldest.destroy()
  })
  server.on("request", ({ socket }, response: ServerResponse) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1)
    idle.delete(socket)
    response.once("close", () => {
      const left = (underWay.get(socket) ?? 1) - 1
      underWay.set(socket, left)
      if (left === 0 && open.has(socket)) idle.add(socket)
    })
  })
}
