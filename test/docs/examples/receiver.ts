// The receiver of callbacks that docs/AGENTS.md shows: it checks what comes and reads the execution. The document shows everything
// below this header. Owns: that code. Does not own: the secrets and the address, which the environment says.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { counterfoil, verifyCallback } from "@counterfoil/sdk"

const { COUNTERFOIL_URL: url = "", COUNTERFOIL_TOKEN: token = "", CALLBACK_SECRETS: secrets = "" } = process.env
const agent = counterfoil({ url, token })

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat((await request.toArray()) as Buffer[])
  const isOurs = verifyCallback(request.headers, body, secrets.split(" "))
  response.writeHead(isOurs ? 204 : 401).end()
  if (!isOurs) return
  const { subject } = JSON.parse(body.toString()) as { readonly subject: string }
  const answer = await agent.resume(subject)
  process.stdout.write(`${subject} ${answer.kind}\n`)
}

const server = createServer((request, response) => void receive(request, response))
server.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1")
