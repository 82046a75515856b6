// A capability as one Markdown page: what a grant of it gives; and the list of all.
// Owns: the form of both. Does not own: a single name or sentence in them; those are the capability's and its contracts'.

import type { Capability, Contract } from "../define/contract.ts"
import { effectiveFloor } from "../define/build-request.ts"
import { table, type Row } from "./table.ts"

/** What is around a capability: the contracts that need it, who requires it, and where a contract's page is as seen from its own. */
interface CapabilitySurroundings {
  readonly contracts: readonly Contract[]
  readonly requiredBy: readonly Capability[]
  readonly pageOf: (contract: Contract) => string
}

/** The page of a capability: what it gives, what it requires, which contracts and events. */
export function capabilityPage(
  { name, meta, requires }: Capability,
  { contracts, requiredBy, pageOf }: CapabilitySurroundings,
): string {
  const called = contracts.filter(({ kind }) => kind !== "event")
  const events = contracts.filter(({ kind }) => kind === "event")
  const linked = (contract: Contract): string => `[${contract.ref}](${pageOf(contract)})`
  return [
    `# ${name}`,
    `${meta.title}. ${meta.goal}`,
    meta.context,
    table(
      ["", ""],
      [
        ["stability", meta.stability],
        ["owners", meta.owners.join(", ")],
        ["tags", meta.tags.join(", ")],
        ["requires", requires.length === 0 ? "nothing" : links(requires)],
        ...(requiredBy.length === 0 ? [] : [["required by", links(requiredBy.map((one) => one.name))]]),
      ],
    ),
    "## What a grant of it gives",
    called.length === 0
      ? "No calls. Its holder receives its events."
      : table(
          ["contract", "kind", "goal", "effect", "tier", "who"],
          called.map((contract) => [
            linked(contract),
            contract.kind,
            contract.meta.goal,
            ...callFacts(contract),
          ]),
        ),
    ...(events.length === 0
      ? []
      : [
          "## Events",
          table(
            ["event", "what happened"],
            events.map((one) => [linked(one), one.meta.goal]),
          ),
        ]),
    "---",
    "Made from the capability and its contracts by `npx counterfoil contract generate`.",
  ]
    .join("\n\n")
    .concat("\n")
}

/** All capabilities, with a link to the page of each in `folder`. */
export const capabilityIndex = (capabilities: readonly Capability[], folder: string): string =>
  [
    "## Capabilities",
    table(
      ["capability", "title", "goal", "requires"],
      capabilities.map(({ name, meta, requires }) => [
        `[${name}](${folder}/${name}.md)`,
        meta.title,
        meta.goal,
        requires.join(", "),
      ]),
    ),
  ].join("\n\n")

const links = (names: readonly string[]): string => names.map((name) => `[${name}](${name}.md)`).join(", ")

/** An intent acts through its steps: effect and tier are theirs. */
function callFacts(contract: Contract): Row {
  if (contract.kind !== "command" && contract.kind !== "query")
    return ["of its steps", "of its steps", "anyone who may submit"]
  const { tier } = effectiveFloor(contract, [])
  return [contract.effect, `at least ${tier}`, contract.auth.kinds.join(", ")]
}
