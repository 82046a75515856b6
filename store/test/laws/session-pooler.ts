// A pooler in front of PostgreSQL, as PgBouncer is one: it shares sessions of the server among clients, by transaction or by connection.
// Owns: the part of the protocol that this takes (PostgreSQL documentation, "Frontend/Backend Protocol"). Does not own: PostgreSQL's logins:
// its own sessions log in with an address. For tests: it asks its clients for no password, and knows no TLS and no cancel.

import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import { Client } from "pg"

/** How long a client keeps a session: until its transaction ends, or until it goes. */
export type PoolMode = "transaction" | "session"

/** A pooler at work. */
export interface SessionPooler {
  /** The address of the same database through it. */
  readonly url: string
  close(): Promise<void>
}

/** A session of the server, with the stream that carries its protocol after pg logged in. */
interface ServerSession {
  readonly stream: Socket
  /** The client that has it; null while it is free. */
  user: PoolClient | null
  /** Statements and syncs that were sent and not answered with "ready for query". */
  open: number
}

interface PoolClient {
  readonly socket: Socket
  session: ServerSession | null
}

/** Parameters of a client's start that it accepts, as PgBouncer does where nothing is ignored. */
const startParameters = ["user", "database", "client_encoding", "application_name"]
const sslRequest = 80_877_103

/** Starts one with at most `sessionsMax` sessions of the server. */
export async function openSessionPooler(
  url: string,
  mode: PoolMode,
  sessionsMax = 20,
): Promise<SessionPooler> {
  const sessions: ServerSession[] = []
  const logins: Client[] = []
  const waiting: (() => void)[] = []
  const sockets = new Set<Socket>()

  const open = async (): Promise<ServerSession> => {
    const login = new Client({ connectionString: url })
    login.on("error", () => undefined)
    await login.connect()
    logins.push(login)
    const stream = streamOf(login)
    stream.removeAllListeners("data")
    const session: ServerSession = { stream, user: null, open: 0 }
    const frames = frameReader((frame) => {
      const { user } = session
      user?.socket.write(frame)
      if (frame[0] !== code("Z")) return
      session.open -= 1
      // Idle, and nothing more was sent: the transaction is over.
      if (mode === "transaction" && session.open === 0 && frame[5] === code("I")) free(session)
    })
    stream.on("data", frames)
    sessions.push(session)
    return session
  }
  const free = (session: ServerSession): void => {
    if (session.user !== null) session.user.session = null
    session.user = null
    waiting.shift()?.()
  }
  /** The free session that was used last, a new one, or the next that becomes free. */
  const take = async (client: PoolClient): Promise<ServerSession> => {
    for (;;) {
      const idle = sessions.findLast(({ user }) => user === null)
      const session = idle ?? (sessions.length < sessionsMax ? await open() : null)
      if (session?.user === null) {
        session.user = client
        client.session = session
        return session
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      await promise
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    const client: PoolClient = { socket, session: null }
    let begun = false
    let turn = Promise.resolve()
    const send = async (frame: Buffer): Promise<void> => {
      const session = client.session ?? (await take(client))
      // A query and a sync are each answered by one "ready for query".
      if (frame[0] === code("Q") || frame[0] === code("S")) session.open += 1
      session.stream.write(frame)
    }
    const frames = frameReader((frame) => {
      if (frame[0] === code("X")) return void socket.end()
      turn = turn.then(() => send(frame))
    })
    socket.on("error", () => undefined)
    socket.on("data", (bytes: Buffer) => {
      if (begun) return frames(bytes)
      if (bytes.readInt32BE(4) === sslRequest) return void socket.write("N")
      begun = true
      socket.write(greeting(bytes))
    })
    socket.on("close", () => {
      sockets.delete(socket)
      const { session } = client
      if (session === null) return
      // In the middle of a transaction the session is of no use to anyone else.
      sessions.splice(sessions.indexOf(session), 1)
      session.stream.destroy()
      waiting.shift()?.()
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const through = new URL(url)
  through.port = String(typeof address === "object" && address !== null ? address.port : 0)
  return {
    url: through.href,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      for (const { stream } of sessions) stream.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

/** The answer to a client's start: accepted, with a process number of the pooler's own; or refused for its parameters. */
function greeting(start: Buffer): Buffer {
  const names = start
    .subarray(8)
    .toString()
    .split("\0")
    .filter((_, i) => i % 2 === 0 && _ !== "")
  const unknown = names.find((name) => !startParameters.includes(name))
  if (unknown !== undefined)
    return frameOf("E", Buffer.from(`SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: ${unknown}\0\0`))
  const status = (name: string, value: string) => frameOf("S", Buffer.from(`${name}\0${value}\0`))
  return Buffer.concat([
    frameOf("R", Buffer.alloc(4)),
    status("server_version", "18.0"),
    status("client_encoding", "UTF8"),
    status("standard_conforming_strings", "on"),
    frameOf("K", randomBytes(8)),
    frameOf("Z", Buffer.from("I")),
  ])
}

/** Cuts a stream into frames: a letter, and a length that counts itself. */
function frameReader(each: (frame: Buffer) => void): (bytes: Buffer) => void {
  let kept: Buffer = Buffer.alloc(0)
  return (bytes) => {
    kept = Buffer.concat([kept, bytes])
    while (kept.length >= 5 && kept.length >= kept.readInt32BE(1) + 1) {
      const end = kept.readInt32BE(1) + 1
      each(kept.subarray(0, end))
      kept = kept.subarray(end)
    }
  }
}

function frameOf(letter: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(letter)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const code = (letter: string): number => letter.charCodeAt(0)

function streamOf(client: Client): Socket {
  // The types of pg do not include its connection.
  const { connection } = client as Client & { readonly connection: { readonly stream: Socket } }
  return connection.stream
}
