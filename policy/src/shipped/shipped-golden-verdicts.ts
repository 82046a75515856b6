// The golden verdicts of this release: what its shipped policy answers about the control plane's own contracts.
// Owns: that they hold for every registry, because every registry has these contracts. Does not own: running them (policy-test/).

import { invariant, parseWith, PolicyTest } from "@counterfoil/contracts"
import control from "./control.policy-test.json" with { type: "json" }

/** The cases. Verdicts about made-up contracts of the outside are in the files beside them, as tests of this package alone. */
export function shippedGoldenVerdicts(): PolicyTest {
  const parsed = parseWith(PolicyTest, control)
  invariant(parsed.ok, "INV-02", { file: "control.policy-test.json" })
  return parsed.value
}
