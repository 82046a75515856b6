// The one table of domain-separation tags: what each hash covers.
// Owns: which tags exist. A tag is used for one thing only, so that no two meanings share bytes.
// A formula that changes gets a new tag (`.v2`); the old one stays, because stored traces name it.

/** Every tag and what it names. Closed; the key is hashed as UTF-8. */
export const tags = {
  "counterfoil.skill.v1": "content and manifest of a skill",
  "counterfoil.contract.v1":
    "semantic part of a contract, with words and versions, as earlier releases had it",
  "counterfoil.contract.v2": "what a contract means, without what only people read",
  "counterfoil.contract-document.v1": "whole document of a contract",
  "counterfoil.capability.v1": "what a capability provides and requires",
  "counterfoil.contracts-lock.v1": "lock of all contracts",
  "counterfoil.own-service.v1": "identity of the service that an installation asks as",
  "counterfoil.registry.v1": "all contracts of a registry, sorted by ref",
  "counterfoil.request.v1": "body of a command, for telling a repeat from a conflict",
  "counterfoil.key.v1": "idempotency key of a caller",
  "counterfoil.draft.v1": "plan draft",
  "counterfoil.plan.v1": "compiled plan",
  "counterfoil.step.v1": "identity of a step within a plan",
  "counterfoil.input.v1": "input of an intent or of a step",
  "counterfoil.output.v1": "output of a step or of an execution",
  "counterfoil.idem.v1": "idempotency key of a step",
  "counterfoil.policy-request.v1": "question to policy",
  "counterfoil.policy-slice.v1": "part of the policy set that one verdict read",
  "counterfoil.mode-map.v1": "mode map",
  "counterfoil.verdict.v1": "core of a verdict",
  "counterfoil.approval.v1": "statement that an approver agrees to",
  "counterfoil.preview.v1": "lines that an approver reads",
  "counterfoil.bulk.v1": "kind of decision that requests of one bulk share",
  "counterfoil.review.v1": "challenge of a signed review",
  "counterfoil.payload.v1": "payload of a trace entry",
  "counterfoil.entry.v1": "head of a trace entry",
  "counterfoil.genesis.v1": "start of an execution's chain",
  "counterfoil.chain.v1": "link of an execution's chain",
  "counterfoil.commit.v1": "salted commitment to a sealed value",
  "counterfoil.leaf.v1": "leaf of the log",
  "counterfoil.bundle.v1": "bytes of a bundle",
  "counterfoil.backup.v1": "contents of a backup, for its signature",
  "counterfoil.restore-list.v1": "what a person confirms before a backup counts",
  "counterfoil.test.v1": "known-answer vectors, nothing else",
} as const

/** One of the tags of `tags`. */
export type Tag = keyof typeof tags
