// A process that runs the embedded database until it is killed, for the tests that kill it.
// Owns: one line of JSON on standard output with what the parent needs. Does not own: any assertion.

import { startEmbedded } from "./start-embedded.ts"

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error("usage: start-embedded.child.ts <data folder>")
const database = await startEmbedded({ dataDir, log: () => undefined })
process.stdout.write(
  `${JSON.stringify({ pid: database.pid, url: database.url, ownerUrl: database.ownerUrl })}\n`,
)
// Keeps this process alive until another one ends it.
setInterval(() => undefined, 60_000)
