// The version that the changes of a contract require.
// Owns: that rule. Does not own: the changes (contracts/drift), nor whether they may be made at all.

import type { Finding } from "@counterfoil/contracts/drift"

/** Rules about the version itself, which the version that is due takes care of. */
const aboutVersions: ReadonlySet<string> = new Set(["C005", "C006", "C007"])
/** Rules about texts that only people read. */
const aboutWords = /^C07\d$/

/** The required step of the version; a new major exists beside the old one. `none` when nothing changed. */
type VersionStep = "none" | "patch" | "minor" | "major"

/** The step that the findings of one contract require. */
export function versionStep(findings: readonly Finding[]): VersionStep {
  const changes = findings.filter(({ rule }) => !aboutVersions.has(rule))
  if (changes.some((finding) => finding.class === "breaking")) return "major"
  if (changes.some(({ rule }) => !aboutWords.test(rule))) return "minor"
  return findings.length === 0 ? "none" : "patch"
}

/** The version after a step from a version, such as `1.3.0` after `minor` from `1.2.4`. */
export function versionAfter(version: string, step: VersionStep): string {
  const [major = 0, minor = 0, patch = 0] = version.split("-")[0]?.split(".").map(Number) ?? []
  switch (step) {
    case "none":
      return version
    case "patch":
      return `${major}.${minor}.${patch + 1}`
    case "minor":
      return `${major}.${minor + 1}.0`
    case "major":
      return `${major + 1}.0.0`
  }
}

/** True when the first version is at least the second, by their three numbers. */
export function isAtLeast(version: string, due: string): boolean {
  const [a, b] = [version, due].map((one) => one.split("-")[0]?.split(".").map(Number) ?? [])
  for (const at of [0, 1, 2]) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
