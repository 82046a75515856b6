// A line to a database that cuts one connection around a commit on command: the request or its answer is lost.
// Owns: the sockets and the moment of the cut. Does not own: what the bytes mean, beyond the names they hold.

import { connect, createServer } from "node:net"

/** A line; `port` leads to the target. */
export interface CutLine {
  readonly port: number
  /** The next request that writes is lost with its connection, or its answer is, after the server has done it. */
  cutNext(lost: "request" | "answer"): void
  /** How many were cut. */
  cuts(): number
  close(): Promise<void>
}

/** What requests that write hold: the name of an append's statement, or the word of a transaction's end. */
const writes = [Buffer.from("counterfoil-append"), Buffer.from("commit\0")]

/** Opens a line to a port of this machine. */
export async function openCutLine(target: number): Promise<CutLine> {
  let next: "request" | "answer" | null = null
  let cuts = 0
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1")
    let losesAnswer = false
    const cut = (): void => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", () => undefined)
      socket.once("close", () => {
        sockets.delete(socket)
        cut()
      })
    }
    near.on("data", (bytes: Buffer) => {
      const due = next !== null && writes.some((name) => bytes.includes(name)) ? next : null
      if (due !== null) {
        next = null
        cuts += 1
      }
      if (due === "request") return cut()
      losesAnswer ||= due === "answer"
      far.write(bytes)
    })
    far.on("data", (bytes: Buffer) => (losesAnswer ? cut() : near.write(bytes)))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("no port")
  return {
    port: address.port,
    cutNext: (lost) => {
      next = lost
    },
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
