// A tree changed in one place, as an author changes a contract.
// Owns: the changes. Does not own: what they mean to anyone.

import type { Draw } from "./draw.ts"
import { drawFields, drawTree, fieldNames, patterns, type Tree, type TreeField } from "./shape-tree.ts"

/** The tree with one change somewhere; now and then another tree altogether. */
export function mutate(tree: Tree, draw: Draw): Tree {
  if (draw.once(12)) return drawTree(draw, 1)
  if (draw.once(10)) return widened(tree, draw)
  switch (tree.kind) {
    case "null":
    case "boolean":
      return drawTree(draw, 0)
    case "int":
      return draw.once(4)
        ? { kind: "number", ...edges(tree) }
        : { ...rebound(tree, draw), ...(draw.once(3) ? { step: 1 + draw.int(4) } : {}) }
    case "number":
      return draw.once(3) ? { kind: "int", ...edges(tree) } : { ...rebound(tree, draw), open: draw.once(2) }
    case "text":
      return draw.once(3) ? { ...tree, pattern: draw.pick(patterns) } : rebound(tree, draw)
    case "enum":
      return draw.once(4)
        ? { kind: "text" }
        : { kind: "enum", values: draw.pick<Names>([["a"], ["b"], ["a", "b"], ["a", "c"], ["a", "b", "c"]]) }
    case "list":
      return draw.once(2) ? rebound(tree, draw) : { ...tree, of: mutate(tree.of, draw) }
    case "tuple": {
      const [first, ...more] = tree.of
      if (draw.once(3)) return { ...tree, of: [first, ...more, drawTree(draw, 0)] }
      if (draw.once(3))
        return { kind: "tuple", of: [first], ...(draw.once(2) ? { rest: drawTree(draw, 0) } : {}) }
      return { ...tree, of: [mutate(first, draw), ...more] }
    }
    case "object":
      return draw.once(6)
        ? { ...tree, open: !tree.open }
        : { ...tree, fields: changedFields(tree.fields, draw) }
    case "map":
      return draw.once(3)
        ? { ...tree, names: draw.pick(patterns) }
        : draw.once(4)
          ? { kind: "object", fields: drawFields(draw, 0), open: draw.once(2) }
          : { ...tree, of: mutate(tree.of, draw) }
    case "union": {
      const [first, second, ...more] = tree.of
      if (draw.once(3)) return { kind: "union", of: [first, second, ...more, drawTree(draw, 0)] }
      if (draw.once(3)) return draw.pick([first, second])
      return { kind: "union", of: [mutate(first, draw), second, ...more] }
    }
    case "tagged": {
      const at = draw.int(tree.of.length)
      const of = tree.of.map(([tag, fields], index) =>
        index === at ? ([tag, changedFields(fields, draw)] as const) : ([tag, fields] as const),
      )
      const more = of.some(([tag]) => tag === "path") ? [] : [["path", []] as const]
      return { kind: "tagged", of: draw.once(3) ? of.slice(1) : draw.once(3) ? [...of, ...more] : of }
    }
    case "recursive":
      return { kind: "recursive", label: mutate(tree.label, draw) }
  }
}

function widened(tree: Tree, draw: Draw): Tree {
  return { kind: "union", of: [tree, draw.once(2) ? { kind: "null" } : drawTree(draw, 0)] }
}

type Names = readonly [string, ...string[]]

interface Edges {
  readonly min?: number
  readonly max?: number
}

function edges({ min, max }: Edges): Edges {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
}

function rebound<T extends Edges>(tree: T, draw: Draw): T {
  const { min: _min, max: _max, ...rest } = tree
  const bounds = draw.pick<Edges>([
    {},
    { min: draw.int(4) },
    { max: 2 + draw.int(5) },
    { min: draw.int(3), max: 3 + draw.int(4) },
  ])
  return { ...tree, ...rest, min: undefined, max: undefined, ...bounds }
}

function changedFields(fields: readonly TreeField[], draw: Draw): readonly TreeField[] {
  const at = draw.int(Math.max(fields.length, 1))
  const [free] = fieldNames.filter((name) => fields.every((field) => field.name !== name))
  if (free !== undefined && draw.once(4)) {
    return [...fields, { name: free, type: drawTree(draw, 1), presence: draw.pick(["required", "optional"]) }]
  }
  if (draw.once(5)) return fields.filter((_field, index) => index !== at)
  return fields.map((field, index) => {
    if (index !== at) return field
    return draw.once(2)
      ? { ...field, presence: draw.pick(["required", "optional", "default"]) }
      : { ...field, type: mutate(field.type, draw) }
  })
}
