import { describe, expect, test } from "vitest"
import { GroupCommitter } from "./group-committer.ts"

type Batch = { readonly members: readonly string[]; readonly finish: () => void; readonly fail: () => void }

/** A lane whose batches wait until the test finishes them. */
function heldLane(): {
  readonly together: (members: readonly string[]) => Promise<readonly string[]>
  readonly batches: Batch[]
} {
  const batches: Batch[] = []
  return {
    batches,
    together: (members) =>
      new Promise((resolve, reject) => {
        batches.push({
          members,
          finish: () => resolve(members.map((m) => `done ${m}`)),
          fail: () => reject(new Error(members.join())),
        })
      }),
  }
}

const committer = (
  lane: ReturnType<typeof heldLane>,
  weightOf = (): number => 1,
): GroupCommitter<string, string> =>
  new GroupCommitter({ lanes: [lane], keyOf: (member) => member.slice(0, 1), weightOf })

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe("the group committer", () => {
  test("what waits while a batch is under way goes together in the next one", async () => {
    const lane = heldLane()
    const group = committer(lane)
    const first = group.submit("a")
    await turn()
    const rest = ["b", "c", "d"].map((member) => group.submit(member))
    await turn()
    lane.batches[0]?.finish()
    expect(await first).toBe("done a")
    await turn()
    expect(lane.batches.map((batch) => batch.members)).toEqual([["a"], ["b", "c", "d"]])
    lane.batches[1]?.finish()
    expect(await Promise.all(rest)).toEqual(["done b", "done c", "done d"])
  })

  test("two members of one key never share a batch and keep their order", async () => {
    const lane = heldLane()
    const group = committer(lane)
    const all = ["a1", "b1", "a2", "c1"].map((member) => group.submit(member))
    await turn()
    lane.batches[0]?.finish()
    await turn()
    lane.batches[1]?.finish()
    await Promise.all(all)
    expect(lane.batches.map((batch) => batch.members)).toEqual([
      ["a1", "b1"],
      ["a2", "c1"],
    ])
  })

  test("a batch holds at most 200 members, and one that is heavy goes alone", async () => {
    const lane = heldLane()
    const group = committer(lane, () => 1)
    const many = Array.from({ length: 250 }, (_, i) => group.submit(String.fromCodePoint(0x4e00 + i)))
    await turn()
    lane.batches[0]?.finish()
    await turn()
    lane.batches[1]?.finish()
    await Promise.all(many)
    expect(lane.batches.map((batch) => batch.members.length)).toEqual([200, 50])
    const heavy = heldLane()
    const heavyGroup = committer(heavy, () => 3 * 1024 * 1024)
    const two = [heavyGroup.submit("a"), heavyGroup.submit("b")]
    await turn()
    expect(heavy.batches.map((batch) => batch.members)).toEqual([["a"]])
    heavy.batches[0]?.finish()
    await turn()
    heavy.batches[1]?.finish()
    await Promise.all(two)
  })

  test("when a batch fails each member is tried alone once, so a poisoned one fails no other", async () => {
    const lane = heldLane()
    const group = committer(lane)
    const settled = Promise.allSettled(["a", "b", "c"].map((member) => group.submit(member)))
    await turn()
    lane.batches[0]?.fail()
    await turn()
    lane.batches[1]?.finish()
    await turn()
    lane.batches[2]?.fail()
    await turn()
    lane.batches[3]?.finish()
    expect(
      (await settled).map((answer) => (answer.status === "fulfilled" ? answer.value : String(answer.reason))),
    ).toEqual(["done a", "Error: b", "done c"])
    await group.drained()
    expect(lane.batches.map((batch) => batch.members)).toEqual([["a", "b", "c"], ["a"], ["b"], ["c"]])
  })
})
