// A schema as a small tree: drawn at random, turned into zod.
// Owns: which schemas there are. Does not own: changing one (mutate.ts), values (draw-value.ts).

import { z } from "zod"
import type { Draw } from "./draw.ts"

/** A field of an object. `default` counts for inputs alone: what is answered always has the field. */
export interface TreeField {
  readonly name: string
  readonly type: Tree
  readonly presence: "required" | "optional" | "default"
}

/** One schema. */
export type Tree =
  | { readonly kind: "null" | "boolean" }
  | { readonly kind: "int"; readonly min?: number; readonly max?: number; readonly step?: number }
  | { readonly kind: "number"; readonly min?: number; readonly max?: number; readonly open?: boolean }
  | { readonly kind: "text"; readonly min?: number; readonly max?: number; readonly pattern?: Pattern }
  | { readonly kind: "enum"; readonly values: readonly [string, ...string[]] }
  | { readonly kind: "list"; readonly of: Tree; readonly min?: number; readonly max?: number }
  | { readonly kind: "tuple"; readonly of: readonly [Tree, ...Tree[]]; readonly rest?: Tree }
  | { readonly kind: "object"; readonly fields: readonly TreeField[]; readonly open: boolean }
  | { readonly kind: "map"; readonly of: Tree; readonly names?: Pattern }
  | { readonly kind: "union"; readonly of: readonly [Tree, Tree, ...Tree[]] }
  | {
      readonly kind: "tagged"
      readonly of: readonly (readonly [tag: string, fields: readonly TreeField[]])[]
    }
  | { readonly kind: "recursive"; readonly label: Tree }

/** The patterns that texts may have to match. */
export const patterns = ["^[a-z]+$", "^a", "b$"] as const
export type Pattern = (typeof patterns)[number]

type Names = readonly [string, ...string[]]

/** The names that fields have; few, so that two schemas often share one. */
export const fieldNames = ["a", "b", "c", "d"] as const

/** In which direction values flow, and whether who reads them overlooks fields that it does not know. */
export interface Flow {
  readonly io: "input" | "output"
  readonly overlooks: boolean
}

/** The kinds that hold no other tree. */
const flatKinds = ["int", "number", "text", "enum", "boolean", "null"] as const

/** A tree that is at most `depth` levels deep. */
export function drawTree(draw: Draw, depth: number): Tree {
  const deep = [
    ...flatKinds,
    "list",
    "tuple",
    "object",
    "object",
    "map",
    "union",
    "tagged",
    "recursive",
  ] as const
  const kind = depth <= 0 ? draw.pick(flatKinds) : draw.pick(deep)
  const bound = () => (draw.once(2) ? {} : { min: draw.int(3) })
  const bounds = () => ({ ...bound(), ...(draw.once(2) ? {} : { max: 3 + draw.int(3) }) })
  const below = () => drawTree(draw, depth - 1)
  switch (kind) {
    case "null":
    case "boolean":
      return { kind }
    case "int":
      return { kind, ...bounds(), ...(draw.once(5) ? { step: 1 + draw.int(4) } : {}) }
    case "number":
      return { kind, ...bounds(), open: draw.once(3) }
    case "text":
      return { kind, ...bounds(), ...(draw.once(4) ? { pattern: draw.pick(patterns) } : {}) }
    case "enum":
      return { kind, values: draw.pick<Names>([["a"], ["a", "b"], ["b", "c", "a"]]) }
    case "list":
      return { kind, of: below(), ...bounds() }
    case "tuple":
      return {
        kind,
        of: [below(), ...(draw.once(2) ? [below()] : [])],
        ...(draw.once(3) ? { rest: below() } : {}),
      }
    case "object":
      return { kind, fields: drawFields(draw, depth - 1), open: draw.once(5) }
    case "map":
      return { kind, of: below(), ...(draw.once(3) ? { names: draw.pick(patterns) } : {}) }
    case "union":
      return { kind, of: [below(), below(), ...(draw.once(3) ? [below()] : [])] }
    case "tagged": {
      const tags = draw.pick<Names>([
        ["dot", "line"],
        ["dot", "line", "area"],
      ])
      return { kind, of: tags.map((tag) => [tag, drawFields(draw, depth - 1)] as const) }
    }
    case "recursive":
      return { kind, label: drawTree(draw, 0) }
  }
}

/** Fields with names of their own. */
export function drawFields(draw: Draw, depth: number): readonly TreeField[] {
  const names = fieldNames.filter(() => draw.once(2))
  return names.map((name) => ({
    name,
    type: drawTree(draw, depth),
    presence: draw.pick(["required", "required", "optional", "default"]),
  }))
}

/** The schema of a tree. A flat tree has the same schema in either flow and is drawn again and again, so its schema is made once. */
export function schemaOf(tree: Tree, flow: Flow): z.ZodType {
  if (!isFlat(tree)) return makeSchema(tree, flow)
  const key = JSON.stringify(tree)
  const known = flatSchemas.get(key) ?? makeSchema(tree, flow)
  flatSchemas.set(key, known)
  return known
}

const flatSchemas = new Map<string, z.ZodType>()
const isFlat = ({ kind }: Tree): boolean => flatKinds.some((flat) => flat === kind)

function makeSchema(tree: Tree, flow: Flow): z.ZodType {
  switch (tree.kind) {
    case "null":
      return z.null()
    case "boolean":
      return z.boolean()
    case "int":
      return bounded(tree.step === undefined ? z.int() : z.int().multipleOf(tree.step), tree)
    case "number":
      return tree.open === true && tree.min !== undefined
        ? bounded(z.number().gt(tree.min), { max: tree.max })
        : bounded(z.number(), tree)
    case "text": {
      const text = tree.pattern === undefined ? z.string() : z.string().regex(new RegExp(tree.pattern))
      return bounded(text, tree)
    }
    case "enum":
      return z.enum(tree.values)
    case "list":
      return bounded(z.array(schemaOf(tree.of, flow)), tree)
    case "tuple": {
      const [first, ...more] = tree.of
      const tuple = z.tuple([schemaOf(first, flow), ...more.map((one) => schemaOf(one, flow))])
      return tree.rest === undefined ? tuple : tuple.rest(schemaOf(tree.rest, flow))
    }
    case "object":
      return objectOf(tree.fields, flow, tree.open)
    case "map":
      return z.record(
        tree.names === undefined ? z.string() : z.string().regex(new RegExp(tree.names)),
        schemaOf(tree.of, flow),
      )
    case "union":
      return z.union(tree.of.map((one) => schemaOf(one, flow)))
    case "tagged": {
      const variants = tree.of.map(([tag, fields]) =>
        objectOf(fields, flow, false).extend({ kind: z.literal(tag) }),
      )
      const [first, ...more] = variants
      return first === undefined ? z.null() : z.discriminatedUnion("kind", [first, ...more])
    }
    case "recursive": {
      const node: z.ZodType = z.strictObject({
        label: schemaOf(tree.label, flow),
        get more() {
          return z.array(node)
        },
      })
      return node
    }
  }
}

interface Bounded {
  min: (least: number) => this
  max: (most: number) => this
}

function bounded<S extends z.ZodType & Bounded>(
  schema: S,
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
): z.ZodType {
  const low = min === undefined ? schema : schema.min(min)
  return max === undefined ? low : low.max(max)
}

function objectOf(fields: readonly TreeField[], flow: Flow, open: boolean) {
  const shape = Object.fromEntries(
    fields.map(({ name, type, presence }) => [name, present(schemaOf(type, flow), presence, flow)]),
  )
  return open || flow.overlooks ? z.looseObject(shape) : z.strictObject(shape)
}

function present(schema: z.ZodType, presence: TreeField["presence"], { io }: Flow): z.ZodType {
  if (presence === "optional") return schema.optional()
  return presence === "default" && io === "input" ? schema.default("d") : schema
}
