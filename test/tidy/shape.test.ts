import { expect, test } from "vitest"
import { header } from "../architecture/planted.ts"
import { treeOf } from "../architecture/source-tree.ts"
import { shapeOf } from "./shape.ts"

const long = `export function long(a, b, c, d) {\n${"  f()\n".repeat(85)}}\n`

test("long functions, many parameters, small files and exports without a user are counted, each with its place", () => {
  const tree = treeOf({
    "planner/src/index.ts": `export { used, lonely, proven } from "./small.ts"\n`,
    "planner/src/long.ts": `${header}import { used } from "./small.ts"\n${long}`,
    "planner/src/small.ts": `${header}export const used = 1\nexport const lonely = 2\nexport interface proven {}\n`,
    "planner/src/small.test.ts": `import { proven, long } from "./small.ts"\n${long}`,
  })
  expect(shapeOf(tree).map(({ name, count, places }) => [count, name, ...places])).toEqual([
    [87, "lines of the longest function", "planner/src/long.ts:5"],
    [1, "functions over 80 lines", "planner/src/long.ts:5  87 lines"],
    [1, "functions with more than 3 parameters", "planner/src/long.ts:5  4 parameters"],
    [1, "files under 25 lines", "planner/src/small.ts  6 lines"],
    [1, "exports that nothing else names", "planner/src/small.ts  lonely"],
    [2, "exports that only tests name", "planner/src/long.ts  long", "planner/src/small.ts  proven"],
  ])
})
