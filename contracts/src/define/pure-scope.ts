// A scope without hidden inputs: while a function runs in it, the clock, chance, the environment, timers and the network throw.
// Owns: which globals those are, taking them away and giving them back. Does not own: what is run in it (draw-plan.ts).
// Keeps INV-08. A function in it is synchronous, and JavaScript runs nothing else meanwhile: no other code ever sees a global missing.
// Not seen: what a module captured when it was loaded (`const { now } = Date`, an import of node:fs). Two calls are compared for that.

/**
 * Globals that read or change something beside the arguments. `Intl` reads the clock, and what a machine was set up with. `WebSocket`
 * and its like answer nothing at once; Node loads them when they are looked at, which takes a tenth of a second.
 */
const ambientNames = [
  "Date",
  "Temporal",
  "Intl",
  "performance",
  "crypto",
  "process",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
] as const

/** Thrown in the scope where one of them is used. A function that catches it is found out all the same. */
class HiddenInput extends Error {
  override readonly name = "HiddenInput"
}

/** What a function answered, or that it threw, with the names of everything that it used, each once. */
interface Scoped<A> {
  readonly ended: { readonly as: "answer"; readonly value: A } | { readonly as: "thrown" }
  readonly touched: readonly string[]
}

/** Runs a synchronous function. Never throws. */
export function inPureScope<A>(run: () => A): Scoped<A> {
  traps ??= trapsOf()
  const before = traps.map(({ owner, key }) => Object.getOwnPropertyDescriptor(owner, key))
  const outer = touched
  touched = new Set()
  // All were read before the first is taken away: the engine makes some of them, out of others, when they are first looked at.
  for (const [i, trap] of traps.entries()) set(trap, trapped(trap, before[i]))
  try {
    return { ended: { as: "answer", value: run() }, touched: [...touched] }
  } catch {
    return { ended: { as: "thrown" }, touched: [...touched] }
  } finally {
    for (const [i, trap] of traps.entries()) set(trap, before[i])
    touched = outer
  }
}

/** What the function that runs now has used. The traps are made once, so they look here. */
let touched = new Set<string>()
function touch(name: string): never {
  touched.add(name)
  throw new HiddenInput(`${name} is not an input of a plan`)
}

/** A place that is taken away: a global, or a member of an object that a module may have a hold of. */
interface Trap {
  readonly owner: object
  readonly key: string
  readonly substitute: object
  readonly get: () => never
}
let traps: readonly Trap[] | null = null

const trapsOf = (): readonly Trap[] =>
  [
    ...ambientNames.map((name) => ({ owner: globalThis, key: name, name })),
    ...placeOf(Math, "random", "Math.random"),
    ...placeOf(Date, "now", "Date.now"),
    ...placeOf(globalThis.performance, "now", "performance.now"),
    ...placeOf(globalThis.crypto, "getRandomValues", "crypto.getRandomValues"),
    ...placeOf(globalThis.crypto, "randomUUID", "crypto.randomUUID"),
  ].map(({ owner, key, name }) => ({ owner, key, substitute: standIn(name), get: () => touch(name) }))

/** Where a member is defined: on the object, or on what it inherits from. */
function placeOf(object: object, key: string, name: string) {
  for (let owner: unknown = object; typeof owner === "object" || typeof owner === "function";) {
    if (owner === null) return []
    if (Object.hasOwn(owner, key)) return [{ owner, key, name }]
    owner = Object.getPrototypeOf(owner)
  }
  return []
}

// Of the kind that was there: the engine drops code that it compiled whenever a global changes from value to getter and back.
function trapped(trap: Trap, before: PropertyDescriptor | undefined): PropertyDescriptor | undefined {
  if (before === undefined) return undefined
  return "value" in before
    ? { ...before, value: trap.substitute }
    : { ...before, get: trap.get, set: trap.get }
}

function set({ owner, key }: Trap, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor?.configurable === true) Object.defineProperty(owner, key, descriptor)
}

/** A function in place of a global: every use of it is recorded as a touch. */
function standIn(name: string): object {
  const touching = (): never => touch(name)
  return new Proxy(function substitute() {}, {
    apply: touching,
    construct: touching,
    get: touching,
    set: touching,
    has: touching,
    deleteProperty: touching,
    defineProperty: touching,
    getOwnPropertyDescriptor: touching,
    getPrototypeOf: touching,
    setPrototypeOf: touching,
    isExtensible: touching,
    preventExtensions: touching,
    ownKeys: touching,
  })
}
