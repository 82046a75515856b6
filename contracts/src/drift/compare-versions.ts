// Which of two versions is higher.
// Owns: the order of SemVer 2.0.0 §11. Does not own: what has to raise a version (compare-contract.ts).

import type { SemVer } from "../primitives.ts"

/** Below zero when `a` is lower than `b`, zero when they are the same, above zero otherwise. Source: SemVer 2.0.0 §11. */
export function compareVersions(a: SemVer, b: SemVer): number {
  const [coreA, ...preA] = a.split("-")
  const [coreB, ...preB] = b.split("-")
  const core = compareParts(partsOf(coreA), partsOf(coreB))
  if (core !== 0) return core
  // A pre-release comes before its release (§11.3).
  if (preA.length === 0 || preB.length === 0) return preB.length - preA.length
  return compareParts(partsOf(preA.join("-")), partsOf(preB.join("-")))
}

const partsOf = (text: string | undefined): readonly string[] => (text ?? "").split(".")

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = comparePart(a[at] ?? "", b[at] ?? "")
    if (order !== 0) return order
  }
  return a.length - b.length
}

// Numbers come before words; words compare as ASCII (§11.4).
function comparePart(a: string, b: string): number {
  const [numberA, numberB] = [a, b].map((part) => /^\d+$/.test(part))
  if (numberA === true && numberB === true) return Number(a) - Number(b)
  if (numberA !== numberB) return numberA === true ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
