// What all control-plane contracts share: owners, tags and version by area.
// Owns: the table of owners. Does not own: any goal or context; each contract says its own.

import type { ContractMeta } from "../define/contract.ts"

type Area =
  | "intent"
  | "plan"
  | "execution"
  | "approval"
  | "policy"
  | "grant"
  | "principal"
  | "trace"
  | "evidence"
  | "contract"

const owners: { readonly [A in Area]: string } = {
  intent: "ai-runtime",
  plan: "ai-runtime",
  execution: "ai-runtime",
  approval: "platform-security",
  policy: "platform-security",
  grant: "platform-security",
  principal: "platform-security",
  trace: "contract-governance",
  evidence: "contract-governance",
  contract: "contract-governance",
}

/** The meta of one control-plane contract. */
export function metaOf(
  area: Area,
  words: {
    readonly title: string
    readonly goal: string
    readonly context: string
    readonly stability?: "beta" | "stable"
  },
): ContractMeta {
  return {
    title: words.title,
    goal: words.goal,
    context: words.context,
    owners: [owners[area]],
    tags: ["control-plane", "agent-runtime", area],
    stability: words.stability ?? "stable",
  }
}

/** The version of every control-plane contract that has not changed since its first release. */
export const version = "1.0.0"
