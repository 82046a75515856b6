// Renders a Mustache template: names, sections and inverted sections, nothing else. A thread runs it (threads/in-thread.ts).
// Owns: what is refused of the language, and the bounds of rendering. Does not own: the language (mustache).
// Templates and values are *untrusted*: values have no prototype, so that a name reaches only the given values. Every piece of
// the template is counted each time, because sections inside sections multiply. Every place where a name is looked up is counted
// too: a name that no enclosing section has is looked up in each of them.

import Mustache from "mustache"
import type { Json } from "@counterfoil/contracts"
import { builtIn } from "../built-in.ts"
import { textBytesMax, utf8Bytes } from "../fields.ts"
import { rejected, succeeded } from "@counterfoil/contracts/ports"
import { templateEndings, textTemplateRender } from "./text-contracts.ts"

/** Most names, texts and sections that one rendering visits: a list of 1,000 items with a hundred fields each. */
const piecesMax = 100_000
/** Most places where names are looked up: all of those pieces inside ten sections, which takes a twentieth of a second. */
const lookupsMax = 1_000_000

/** The handler of `text.template.render`. */
export const handler = builtIn(textTemplateRender, templateEndings, async ({ template, values }) => {
  const tokens = parsed(template)
  if (tokens === null)
    return rejected("TEMPLATE_INVALID", "The template is not in the supported subset of Mustache.")
  const text = rendered(tokens, template, values)
  if (text === null) return rejected("OUTPUT_TOO_LARGE", "The text would be too long.")
  if (!textTemplateRender.output.safeParse({ text }).success) {
    return rejected("OUTPUT_NOT_TEXT", "The text would contain control characters from the values.")
  }
  return succeeded({ text })
})

/** The library's type; a section holds its inner tokens at index 4. */
type Tokens = Parameters<Mustache.Writer["renderTokens"]>[0]

/** The template's tokens; `null` when it does not parse or holds a partial or another delimiter. */
function parsed(template: string): Tokens | null {
  try {
    const tokens = Mustache.parse(template) as Tokens
    Mustache.clearCache()
    return tokens.every(isKnown) ? tokens : null
  } catch (error) {
    // The library reports a wrong template with a plain Error; any other class is a mistake in calling it.
    if (error instanceof TypeError || error instanceof RangeError) throw error
    return null
  }
}

function isKnown([kind = "", name = "", , , inner]: readonly unknown[]): boolean {
  if (kind === "text" || kind === "!") return true
  if (!["name", "&", "#", "^"].includes(String(kind)) || typeof name !== "string") return false
  return (
    /^(\.|[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*)$/.test(name) &&
    (!Array.isArray(inner) || inner.every(isKnown))
  )
}

class TooLarge extends Error {}

/** Where names are looked up: the values of the sections around a piece. The look-up stops at its bound. */
class BoundedContext extends Mustache.Context {
  readonly #depth: number
  readonly #budget: { lookups: number }

  constructor(
    view: unknown,
    parent?: BoundedContext,
    { depth, budget }: { readonly depth: number; readonly budget: { lookups: number } } = {
      depth: 1,
      budget: { lookups: lookupsMax },
    },
  ) {
    super(view, parent)
    this.#depth = depth
    this.#budget = budget
  }

  override push(view: unknown): BoundedContext {
    return new BoundedContext(view, this, { depth: this.#depth + 1, budget: this.#budget })
  }

  override lookup(name: string): unknown {
    // Each enclosing section is searched for each part of the name.
    this.#budget.lookups -= this.#depth * name.split(".").length
    if (this.#budget.lookups < 0) throw new TooLarge()
    return super.lookup(name)
  }
}

/** Rendering that stops at its bounds. Values are written as they are. */
class BoundedWriter extends Mustache.Writer {
  #pieces = 0
  #characters = 0

  override renderTokens(...args: Parameters<Mustache.Writer["renderTokens"]>): string {
    this.#pieces += args[0].length + 1
    if (this.#pieces > piecesMax) throw new TooLarge()
    return super.renderTokens(...args)
  }

  override escapedValue(...[token, context]: Parameters<Mustache.Writer["escapedValue"]>): string {
    return this.unescapedValue(token, context)
  }

  override unescapedValue(...args: Parameters<Mustache.Writer["unescapedValue"]>): string {
    const value: unknown = super.unescapedValue(...args)
    return this.#count(
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? String(value)
        : "",
    )
  }

  override rawValue(...args: Parameters<Mustache.Writer["rawValue"]>): string {
    return this.#count(super.rawValue(...args))
  }

  #count(text: string): string {
    this.#characters += text.length
    if (this.#characters > textBytesMax) throw new TooLarge()
    return text
  }
}

function rendered(tokens: Tokens, template: string, values: Json): string | null {
  try {
    const context = new BoundedContext(bare(values))
    const text = new BoundedWriter().renderTokens(tokens, context, undefined, template, undefined)
    return utf8Bytes(text) > textBytesMax ? null : text
  } catch (error) {
    if (error instanceof TooLarge) return null
    throw error
  }
}

/** A copy without prototypes: no name can reach `constructor` or any method. */
function bare(value: Json): unknown {
  if (typeof value !== "object" || value === null) return value
  const copy: object = Array.isArray(value)
    ? value.map(bare)
    : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bare(inner)]))
  return Object.setPrototypeOf(copy, null)
}
