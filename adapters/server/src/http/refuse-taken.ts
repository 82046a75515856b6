// Whether an address can be listened on, for an error that should name it.
// Owns: trying. Does not own: listening (start-http.ts), nor the sentence (start/operator-failure.ts).

import { once } from "node:events"
import { createServer } from "node:net"

/** Takes an address and gives it back. Throws what listening there would throw. */
export async function refuseTaken(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, "listening")
  server.close()
  await once(server, "close")
}
