// Checks that a process can listen on an address, so that an error can name the address.
// Does not own: listening (start-http.ts), nor the error's sentence (process/operator-failure.ts).

import { once } from "node:events"
import { createServer } from "node:net"

/** Listens on an address and stops again. Throws what listening there throws. */
export async function refuseTaken(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, "listening")
  server.close()
  await once(server, "close")
}
