// A comparison of two locks and a look at the work between them, as the form that commands and events carry.
// Owns: counting and choosing what is named. Does not own: that form (rollout/contract-drift.ts).

import type { ContractDrift } from "../rollout/contract-drift.ts"
import { namedMax, type LiveReport } from "../rollout/live-report.ts"
import type { Drift } from "./compare-locks.ts"
import type { Finding } from "./finding.ts"

/** The report of a comparison, its findings the worst first, and of a look at the work. */
export function contractDriftOf({ findings, notChecked }: Drift, live: LiveReport): ContractDrift {
  const count = (grave: Finding["class"]) => findings.filter((one) => one.class === grave).length
  return {
    counts: {
      breaking: count("breaking"),
      risky: count("risky"),
      safe: count("safe"),
      notChecked: notChecked.length,
    },
    worst: findings.slice(0, namedMax).map(({ rule, class: grave, contract, at, message }) => ({
      rule,
      class: grave,
      contract,
      at,
      message,
    })),
    live,
  }
}
