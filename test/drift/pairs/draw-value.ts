// Values near the edges of a tree.
// Owns: values that are mostly of the tree; who uses one asks the schema itself. Does not own: what is accepted.

import type { Json } from "@counterfoil/contracts"
import type { Draw } from "./draw.ts"
import type { Tree, TreeField } from "./shape-tree.ts"

const words = ["", "a", "b", "c", "ab", "ba", "abb", "abab", "aaaaab", "X", "x y"] as const

/** A value that a tree may hold. */
export function drawValue(tree: Tree, draw: Draw, depth = 0): Json {
  switch (tree.kind) {
    case "null":
      return null
    case "boolean":
      return draw.once(2)
    case "int":
      return edge(tree, draw) * (tree.step === undefined || draw.once(2) ? 1 : tree.step)
    case "number":
      return edge(tree, draw) + draw.pick([0, 0.5, 0.25])
    case "text":
      return draw.pick(words)
    case "enum":
      return draw.pick(tree.values)
    case "list":
      return Array.from({ length: Math.min(Math.max(edge(tree, draw), 0), 7) }, () =>
        drawValue(tree.of, draw, depth + 1),
      )
    case "tuple": {
      const { rest } = tree
      const more = rest === undefined || draw.once(2) ? [] : [drawValue(rest, draw, depth + 1)]
      return [...tree.of.map((one) => drawValue(one, draw, depth + 1)), ...more]
    }
    case "object":
      return { ...membersOf(tree.fields, draw, depth), ...(tree.open && draw.once(2) ? { extra: 1 } : {}) }
    case "map":
      return Object.fromEntries(
        ["a", "b", "ab", "X", ""]
          .filter(() => draw.once(3))
          .map((name) => [name, drawValue(tree.of, draw, depth + 1)]),
      )
    case "union":
      return drawValue(draw.pick(tree.of), draw, depth + 1)
    case "tagged": {
      const [first, ...more] = tree.of
      if (first === undefined) return null
      const [kind, fields] = draw.pick([first, ...more])
      return { kind, ...membersOf(fields, draw, depth) }
    }
    case "recursive": {
      const more = depth > 2 || draw.once(2) ? [] : [drawValue(tree, draw, depth + 1)]
      return { label: drawValue(tree.label, draw, depth + 1), more }
    }
  }
}

function membersOf(
  fields: readonly TreeField[],
  draw: Draw,
  depth: number,
): { readonly [name: string]: Json } {
  return Object.fromEntries(
    fields
      .filter(({ presence }) => presence === "required" || draw.once(2))
      .map(({ name, type }) => [name, drawValue(type, draw, depth + 1)]),
  )
}

function edge({ min, max }: { readonly min?: number; readonly max?: number }, draw: Draw): number {
  const [low, high] = [min ?? draw.pick([-5, 0, 1]), max ?? draw.pick([2, 8])]
  return draw.pick([low, low, low + 1, high, high, high - 1])
}
