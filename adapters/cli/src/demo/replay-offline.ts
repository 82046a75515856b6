// Replays an exported file from its bytes alone, as an auditor would.
// Owns: the words of the outcome. Does not own: the derivation (replay). Keeps INV-08: nothing here can act.

import { explainReport, readBundle, rederive } from "@counterfoil/replay"
import { installedEngine, installedRegistry } from "../offline/installed.ts"

/** The result of a replay, and its words. */
interface OfflineReplay {
  readonly result: "identical" | "divergent" | "unverifiable" | "altered"
  readonly text: string
}

/** Reads, verifies and derives again. Never throws for any content of a file. */
export async function replayOffline(bytes: Uint8Array, dataDir: string): Promise<OfflineReplay> {
  const bundle = readBundle(bytes)
  if (!bundle.ok) return { result: "altered", text: `does not verify: ${JSON.stringify(bundle.error)}` }
  const report = rederive(bundle.value, {
    installed: installedRegistry(dataDir),
    engine: await installedEngine(),
    mode: "recorded",
  })
  if (!report.ok) return { result: "altered", text: `does not verify: ${JSON.stringify(report.error)}` }
  return { result: report.value.result, text: explainReport(report.value) }
}
