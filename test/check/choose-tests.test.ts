import { describe, expect, test } from "vitest"
import { treeOf } from "../architecture/source-tree.ts"
import { chooseTests } from "./choose-tests.ts"

const importing = (...from: readonly string[]): string => from.map((path) => `import "${path}"\n`).join("")
const tree = treeOf({
  "planner/src/index.ts": importing("./plan.ts"),
  "planner/src/plan.ts": importing("./draft.ts"),
  "planner/src/plan.test.ts": importing("./plan.ts"),
  "planner/src/draft.ts": "",
  "planner/src/draft.test.ts": importing("./draft.ts"),
  "planner/src/other.test.ts": "",
  "replay/src/again.ts": importing("@counterfoil/planner"),
  "replay/src/again.test.ts": importing("./again.ts"),
  "test/e2e/story.test.ts": importing("@counterfoil/planner", "./steps.ts", "../docs/blocks.ts"),
  "test/e2e/steps.ts": "",
  "test/docs/blocks.ts": "",
  "test/docs/paths.test.ts": "",
})

describe("tests near to what changed", () => {
  test("are those that reach it by imports, also through the entry of a package, the nearest first", () => {
    expect(chooseTests(tree, ["planner/src/draft.ts"], 1)).toEqual({
      files: ["planner/src/draft.test.ts"],
      left: 2,
    })
    expect(chooseTests(tree, ["planner/src/draft.ts"])).toEqual({
      files: ["planner/src/draft.test.ts", "planner/src/plan.test.ts", "replay/src/again.test.ts"],
      left: 0,
    })
  })

  test("are a changed test itself, also one that starts a server, at any limit", () => {
    const changed = ["planner/src/other.test.ts", "test/e2e/story.test.ts"]
    expect(chooseTests(tree, changed, 0)).toEqual({ files: changed, left: 0 })
  })

  test("are in test/ those beside the changed file that import it", () => {
    expect(chooseTests(tree, ["test/e2e/steps.ts"]).files).toEqual(["test/e2e/story.test.ts"])
    expect(chooseTests(tree, ["test/docs/blocks.ts"]).files).toEqual([])
  })

  test("are of a document the one that compares paths in documents with the tree", () => {
    expect(chooseTests(tree, ["docs/HTTP.md"]).files).toEqual(["test/docs/paths.test.ts"])
  })

  test("are none for a file that nothing imports", () => {
    expect(chooseTests(tree, ["compose.yaml", "gone.ts"])).toEqual({ files: [], left: 0 })
  })
})
