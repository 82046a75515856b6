// The action of a contract: its groups, from what the contract declares, and the shape of its input.
// Owns: which groups there are and who is in them. Does not own: the schema around them (cedar-schema.ts).

import type { Callable, EffectClass } from "@counterfoil/contracts"
import type { InputShape } from "./input-shape.ts"

/** One contract as policy sees it. `groups` holds every group that it is in, sorted, `all` included. */
export interface Action {
  readonly id: string
  readonly groups: readonly string[]
  readonly input: Extract<InputShape, { kind: "record" }>
}

/** What the groups of an action follow from. */
interface ActionFacts extends Pick<Callable, "effect" | "irreversible" | "path" | "capability"> {
  readonly kinds: Callable["auth"]["kinds"]
  readonly tags: readonly string[]
}

const classes: readonly EffectClass[] = ["natural", "keyed", "probeable", "unsafe"]

/** Groups that exist in every installation, so that a rule may name them; each is in those listed for it. */
export const fixedGroups: Readonly<Record<string, readonly string[]>> = {
  all: [],
  "effect.read": ["all"],
  "effect.write": ["all"],
  ...Object.fromEntries(classes.map((name) => [`class.${name}`, ["effect.write"]])),
  irreversible: ["effect.write"],
  "people-only": ["all"],
  "people-and-services": ["all"],
  "path.step": ["all"],
  "path.gate": ["all"],
  "path.control": ["all"],
  "path.read": ["all"],
}

/** The groups of a contract, sorted. */
export function groupsOf(facts: ActionFacts): readonly string[] {
  const reads = facts.effect === "pure" || facts.effect === "read"
  const kinds = facts.kinds.join(" ")
  const groups = [
    "all",
    reads ? "effect.read" : "effect.write",
    ...(reads ? [] : [`class.${facts.effect}`]),
    ...(facts.irreversible ? ["irreversible"] : []),
    ...(kinds === "human" ? ["people-only"] : []),
    ...(facts.kinds.includes("agent") ? [] : ["people-and-services"]),
    `path.${facts.path}`,
    `capability.${facts.capability}`,
    ...facts.tags.map((tag) => `tag.${tag}`),
  ]
  return [...new Set(groups)].sort()
}

/**
 * Made-up actions, one for each combination of groups that a shipped rule may name. They take part in validation alone,
 * so that a rule by group is checked as possible also where no contract of that group is installed.
 */
export const exampleActions: readonly Action[] = [
  ...classes.flatMap((effect) => [true, false].map((irreversible) => example({ effect, irreversible }))),
  example({ effect: "pure" }),
  example({ effect: "read", path: "read" }),
  example({ effect: "natural", path: "control", kinds: ["human"] }),
  example({ effect: "natural", path: "gate", kinds: ["human", "service"] }),
]

function example(given: Partial<ActionFacts>): Action {
  const facts: ActionFacts = {
    effect: "natural",
    irreversible: false,
    path: "step",
    kinds: ["human", "service", "agent"],
    capability: "example.none" as Callable["capability"],
    tags: [],
    ...given,
  }
  const groups = groupsOf(facts).filter((group) => Object.hasOwn(fixedGroups, group))
  const id = `example.${facts.effect}.${facts.path}.${facts.kinds.length}.${facts.irreversible ? "irreversible" : "reversible"}`
  return { id, groups, input: { kind: "record", fields: [] } }
}
