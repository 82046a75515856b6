import { describe, expect, test } from "vitest"
import { openReplay } from "@counterfoil/replay"
import { bundleInMemory, recordExecution } from "./record-execution.ts"
import { engine, registry } from "./world.ts"

describe("a recorded execution", () => {
  test("INV-08 is derived again identically, a thousand times over", { timeout: 240_000 }, () => {
    const replay = openReplay({ installed: registry, engine, mode: "recorded" })
    const kinds = new Map<string, number>()
    for (let seed = 1; seed <= 1_000; seed++) {
      const recording = recordExecution({ seed })
      for (const { head } of recording.entries) kinds.set(head.kind, (kinds.get(head.kind) ?? 0) + 1)
      const report = replay(bundleInMemory(recording))
      expect(
        report.ok ? { ...report.value.first, ...report.value.unverifiable[0] } : report.error,
        `seed ${seed}`,
      ).toEqual({})
    }
    // What the thousand came to see: everything that an execution can meet.
    expect([...kinds.keys()].filter((kind) => kind.startsWith("controlPlane.approval.")).length).toBe(5)
    expect(Math.min(...kinds.values())).toBeGreaterThan(10)
    expect(kinds.size).toBe(24)
  })
})
