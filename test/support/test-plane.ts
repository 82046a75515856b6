// A control plane in the test's own process, on a database and a data folder of its own, with the handlers of the ledger.
// Owns: starting and ending it. Does not own: who is in it (people.ts), nor what is asked of it.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startAll, type Started, type StartOptions } from "@counterfoil/server/process"
import type { Json } from "@counterfoil/contracts"
import { newDataFolder } from "./data-folder.ts"
import { effectHandlers, type AtStop } from "./effect-handlers.ts"
import { openLedger, type Ledger } from "./ledger.ts"

/** A running one. */
export interface TestPlane {
  readonly started: Started
  readonly url: string
  readonly ledger: Ledger
  close(): Promise<void>
}

/** What a test may want of it; `handlers` is the operator's configuration. */
export interface TestPlaneOptions extends Pick<StartOptions, "aroundStore"> {
  readonly env?: NodeJS.ProcessEnv
  readonly handlers?: Json
}

/** Starts one. `deadline` is that of every attempt; calls with a stop point wait for `atStop`. `env` is its environment. */
export async function startTestPlane(
  suite: string,
  deadline: string,
  atStop: AtStop,
  { env = {}, handlers, ...more }: TestPlaneOptions = {},
): Promise<TestPlane> {
  const folder = newDataFolder(suite)
  if (handlers !== undefined) writeFileSync(join(folder.path, "handlers.json"), JSON.stringify(handlers))
  const ledger = openLedger(join(folder.path, "ledger.jsonl"))
  const extra = effectHandlers(ledger, deadline, atStop)
  const started = await startAll(
    { data: folder.path, host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "error", extra, ...more },
    // Tests hold more at once than one requester may elsewhere.
    { COUNTERFOIL_OPEN_REQUESTS_MAX: "1000", ...env },
  )
  return {
    started,
    url: started.plane.url,
    ledger,
    close: async () => {
      await started.close()
      folder.remove()
    },
  }
}
