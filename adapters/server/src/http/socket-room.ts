// Room for new callers: when a listener is nearly full, the socket that has been idle longest is closed.
// Owns: which sockets are idle, and closing them. Does not own: how long one may be idle when there is room (http-limits.ts).
// Idle sockets cost their owner nothing, so without this a few thousand of them would keep every other caller out.

import type { Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"

/** The share of the sockets that is kept free: a closed socket is counted until its end was noticed. */
const freeShare = 0.1

/** Bounds the sockets of a server. A socket with a request under way, a stream among them, is never closed for another one. */
export function keepRoom(server: Server, connectionsMax: number): void {
  server.maxConnections = connectionsMax
  const filledMax = connectionsMax - Math.max(1, Math.floor(connectionsMax * freeShare))
  const open = new Set<Socket>()
  // In the order in which they became idle: a set keeps the order of what is added.
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
