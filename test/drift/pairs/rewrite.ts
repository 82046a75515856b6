// A tree written differently: the same values, in another spelling.
// Owns: the rewritings. Each keeps every value, by the rules of JSON Schema.

import type { Draw } from "./draw.ts"
import type { Tree, TreeField } from "./shape-tree.ts"

/** Another tree for the same values. */
export function rewrite(tree: Tree, draw: Draw): Tree {
  switch (tree.kind) {
    case "null":
    case "boolean":
    case "int":
    case "number":
    case "text":
      return draw.once(4) ? { kind: "union", of: [tree, tree] } : tree
    case "enum":
      return { kind: "enum", values: reversed(tree.values) }
    case "list":
      return { ...tree, of: rewrite(tree.of, draw) }
    case "tuple": {
      const [first, ...more] = tree.of
      return { ...tree, of: [rewrite(first, draw), ...more.map((one) => rewrite(one, draw))] }
    }
    case "object":
      return { ...tree, fields: rewrittenFields(tree.fields, draw) }
    case "map":
      return { ...tree, of: rewrite(tree.of, draw) }
    case "union": {
      const [first, second, ...more] = tree.of
      const turned = [second, first, ...more].map((one) => rewrite(one, draw))
      const [a, b, ...rest] = turned
      if (a === undefined || b === undefined) return tree
      return {
        kind: "union",
        of: draw.once(3) ? [a, { kind: "union", of: [b, a] }, ...rest] : [a, b, ...rest],
      }
    }
    case "tagged":
      return {
        kind: "tagged",
        of: tree.of.map(([tag, fields]) => [tag, rewrittenFields(fields, draw)] as const).toReversed(),
      }
    case "recursive":
      return { kind: "recursive", label: rewrite(tree.label, draw) }
  }
}

const rewrittenFields = (fields: readonly TreeField[], draw: Draw): readonly TreeField[] =>
  fields.map((field) => ({ ...field, type: rewrite(field.type, draw) })).toReversed()

function reversed(values: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const [first, ...more] = values
  const [last, ...others] = [...more].toReversed()
  return last === undefined ? values : [last, ...others, first]
}
