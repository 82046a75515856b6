// Check 11 of a verification: the product parses the same bytes with its own reader, verifies them with its own verifier, and decides again.
// Owns: which results fail the verification. Does not own: the second verifier (verifier/), nor the derivation (replay).
// Keeps INV-08. A bundle that this program cannot derive is reported as such, and never passes.

import { HumanId, parseWith, Time, type Registry } from "@counterfoil/contracts"
import type { CedarEngine } from "@counterfoil/policy"
import {
  explainReport,
  readBundle,
  openReplay,
  verifyEvidence,
  type TrustedKey as OwnKey,
} from "@counterfoil/replay"
import { signedBy } from "@counterfoil/gate"
import type { Derived, TrustedKey } from "@counterfoil/verifier"

/** What deciding again needs beside the bytes: installed contracts, the engine, and the caller's keys. */
interface DeriveKit {
  readonly registry: Registry
  readonly engine: CedarEngine
  readonly keys: readonly TrustedKey[] | null
}

/** Decides again from a bundle. Total. */
export function deriveWith({ registry, engine, keys }: DeriveKit): (bytes: Uint8Array) => Derived {
  const replay = openReplay({ installed: registry, engine, mode: "recorded" })
  return (bytes) => {
    const read = readBundle(bytes)
    if (!read.ok) return no(`the product's own reader refuses line ${read.error.line}: ${read.error.because}`)
    const evidence = verifyEvidence(read.value, { keys: keys?.flatMap(ownKey) ?? null, signedBy })
    if (!evidence.ok) {
      const { check, seq, at, because, recorded, computed } = evidence.error
      return {
        ...no(`the product's own verifier fails ${check}: ${because}`),
        seq,
        at,
        recorded: textOf(recorded),
        computed: textOf(computed),
      }
    }
    if (!evidence.value.bounded)
      return {
        status: "unverifiable",
        because: "its reviews take more work to check than a trace of this length may take",
      }
    const report = replay(read.value)
    if (!report.ok) return no(`the trace does not verify: ${report.error.because}`)
    const { result, first, unverifiable, checked } = report.value
    switch (result) {
      case "identical":
        return {
          status: "identical",
          because: `plan, verdicts, approvals and state of ${checked.entries} entries`,
        }
      case "unverifiable":
        return {
          status: "unverifiable",
          because: `${unverifiable.length} derivations lack ${unverifiable[0]?.what ?? "something"}`,
        }
      case "divergent":
        return first === null
          ? no(explainReport(report.value))
          : {
              status: "divergent",
              because: first.because,
              seq: first.seq,
              at: `/payload${first.at}`,
              recorded: JSON.stringify(first.recorded),
              computed: JSON.stringify(first.derived),
            }
    }
  }
}

const no = (because: string): Extract<Derived, { readonly status: "divergent" }> => ({
  status: "divergent",
  because,
  seq: null,
  at: null,
  recorded: null,
  computed: null,
})

const textOf = (value: string | number | null): string | null => (value === null ? null : String(value))

// A key without a well-formed holder and times is not a key, as in the second verifier.
function ownKey({ keyId, human, spki, enrolledAt, revokedAt }: TrustedKey): readonly OwnKey[] {
  const [holder, from] = [parseWith(HumanId, human), parseWith(Time, enrolledAt)]
  const to = revokedAt === null ? null : parseWith(Time, revokedAt)
  if (!holder.ok || !from.ok || (to !== null && !to.ok)) return []
  return [
    { keyId, human: holder.value, spki, enrolledAt: from.value, revokedAt: to === null ? null : to.value },
  ]
}
