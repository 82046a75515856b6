// Every command: its words, its summary, and its file.
// Owns: the list; help, completion and the parser read it. A command's file is loaded only when needed, so `--version` and `--help` are fast.

import type { Leaf } from "./command.ts"

/** Synonyms of first words. */
export const sameWords: { readonly [word: string]: string } = { execution: "exec" }

/** All commands, in the order of help. */
export const commandTree: readonly Leaf[] = [
  {
    words: "start",
    summary: "run a control plane here",
    load: async () => (await import("./commands/start.ts")).start,
  },
  {
    words: "serve",
    summary: "one process of an installation on your PostgreSQL",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    words: "migrate",
    summary: "migrate your PostgreSQL to this release",
    load: async () => (await import("./commands/migrate.ts")).migrate,
  },
  {
    words: "demo",
    summary: "the whole story without a keyboard",
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    words: "doctor",
    summary: "check this set-up for problems",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    words: "login",
    summary: "store a server and a token under a name",
    load: async () => (await import("./commands/login.ts")).login,
  },
  {
    words: "logout",
    summary: "delete the token of a context",
    load: async () => (await import("./commands/logout.ts")).logout,
  },
  {
    words: "whoami",
    summary: "show the principal of your token",
    load: async () => (await import("./commands/whoami.ts")).whoami,
  },
  {
    words: "context list",
    summary: "the servers you know",
    load: async () => (await import("./commands/context-list.ts")).contextList,
  },
  {
    words: "context use",
    summary: "set the current server",
    load: async () => (await import("./commands/context-use.ts")).contextUse,
  },
  {
    words: "submit",
    summary: "ask for work",
    load: async () => (await import("./commands/submit.ts")).submit,
  },
  {
    words: "plan",
    summary: "show the plan and its holds, without storing or executing it",
    load: async () => (await import("./commands/plan.ts")).plan,
  },
  {
    words: "queue list",
    summary: "what waits for people",
    load: async () => (await import("./commands/queue-list.ts")).queueList,
  },
  {
    words: "queue show",
    summary: "one request, with everything needed to decide",
    load: async () => (await import("./commands/queue-show.ts")).queueShow,
  },
  {
    words: "queue watch",
    summary: "follow the queue",
    load: async () => (await import("./commands/queue-watch.ts")).queueWatch,
  },
  {
    words: "approve",
    summary: "approve exactly what was shown",
    load: async () => (await import("./commands/approve.ts")).approve,
  },
  {
    words: "reject",
    summary: "reject, with the reason",
    load: async () => (await import("./commands/reject.ts")).reject,
  },
  {
    words: "exec list",
    summary: "find executions",
    load: async () => (await import("./commands/exec-list.ts")).execList,
  },
  {
    words: "exec show",
    summary: "one execution, step by step",
    load: async () => (await import("./commands/exec-show.ts")).execShow,
  },
  {
    words: "exec watch",
    summary: "follow an execution until it ends",
    load: async () => (await import("./commands/exec-watch.ts")).execWatch,
  },
  {
    words: "exec start",
    summary: "start a plan that was submitted for review first",
    load: async () => (await import("./commands/exec-control.ts")).execStart,
  },
  {
    words: "exec cancel",
    summary: "stop for good: start no new step",
    load: async () => (await import("./commands/exec-control.ts")).execCancel,
  },
  {
    words: "exec pause",
    summary: "pause: start no new step until resumed",
    load: async () => (await import("./commands/exec-control.ts")).execPause,
  },
  {
    words: "exec resume",
    summary: "resume a paused execution",
    load: async () => (await import("./commands/exec-control.ts")).execResume,
  },
  {
    words: "exec retry",
    summary: "try a failed or blocked step again",
    load: async () => (await import("./commands/exec-retry.ts")).execRetry,
  },
  {
    words: "exec resolve",
    summary: "settle a step in doubt",
    load: async () => (await import("./commands/exec-resolve.ts")).execResolve,
  },
  {
    words: "trace show",
    summary: "every entry of a trace, in order",
    load: async () => (await import("./commands/trace-show.ts")).traceShow,
  },
  {
    words: "bundle export",
    summary: "one file that proves an execution offline",
    load: async () => (await import("./commands/bundle-export.ts")).bundleExport,
  },
  {
    words: "bundle show",
    summary: "the story of a bundle, without a server",
    load: async () => (await import("./commands/bundle-show.ts")).bundleShow,
  },
  {
    words: "bundle verifier",
    summary: "a verifier in one file, for an auditor without this program",
    load: async () => (await import("./commands/bundle-verifier.ts")).bundleVerifier,
  },
  {
    words: "bundle verify",
    summary: "check a bundle without a server",
    load: async () => (await import("./commands/bundle-verify.ts")).bundleVerify,
  },
  {
    words: "replay",
    summary: "decide again from the trace and compare",
    load: async () => (await import("./commands/replay.ts")).replay,
  },
  {
    words: "contract list",
    summary: "the contracts that you can use",
    load: async () => (await import("./commands/contract-list.ts")).contractListing,
  },
  {
    words: "contract explain",
    summary: "one contract on one screen",
    load: async () => (await import("./commands/contract-explain.ts")).contractExplain,
  },
  {
    words: "contract new",
    summary: "write a first version of a contract, its handler and its test",
    load: async () => (await import("./commands/contract-new.ts")).contractNew,
  },
  {
    words: "contract lint",
    summary: "find what contracts lack before others can use them",
    load: async () => (await import("./commands/contract-lint.ts")).contractLint,
  },
  {
    words: "contract diff",
    summary: "what changed since a lock, and which version is due",
    load: async () => (await import("./commands/contract-diff.ts")).contractDiff,
  },
  {
    words: "contract generate",
    summary: "write every document that is made from the contracts",
    load: async () => (await import("./commands/contract-generate.ts")).contractGenerate,
  },
  {
    words: "contract lock",
    summary: "write every contract into one file, as a baseline for later ones",
    load: async () => (await import("./commands/contract-lock.ts")).contractLock,
  },
  {
    words: "drift check",
    summary: "what changed since a baseline, and who is affected",
    load: async () => (await import("./commands/drift-check.ts")).driftCheck,
  },
  {
    words: "drift acknowledge",
    summary: "record in the lock that a risky change is intended",
    load: async () => (await import("./commands/drift-acknowledge.ts")).driftAcknowledge,
  },
  {
    words: "drift show",
    summary: "how the contracts in force affect open work, and which rollouts changed them",
    load: async () => (await import("./commands/drift-show.ts")).driftShow,
  },
  {
    words: "quarantine list",
    summary: "messages that did not become an intent",
    load: async () => (await import("./commands/quarantine-list.ts")).quarantineListing,
  },
  {
    words: "policy explain",
    summary: "why a step was allowed, held or denied",
    load: async () => (await import("./commands/policy-explain.ts")).policyExplanation,
  },
  {
    words: "policy show",
    summary: "the policy in force, with its digest",
    load: async () => (await import("./commands/policy-show.ts")).policyShow,
  },
  {
    words: "policy lint",
    summary: "check policy files",
    load: async () => (await import("./commands/policy-lint.ts")).policyLint,
  },
  {
    words: "policy test",
    summary: "run the tests of policy files",
    load: async () => (await import("./commands/policy-test.ts")).policyTest,
  },
  {
    words: "policy activate",
    summary: "replace a layer of the policy, or files of it",
    load: async () => (await import("./commands/policy-activate.ts")).policyActivation,
  },
  {
    words: "grant list",
    summary: "who holds what",
    load: async () => (await import("./commands/grants.ts")).grantList,
  },
  {
    words: "grant give",
    summary: "give a capability or a role",
    load: async () => (await import("./commands/grants.ts")).grantGiving,
  },
  {
    words: "grant revoke",
    summary: "revoke a grant",
    load: async () => (await import("./commands/grants.ts")).grantRevoking,
  },
  {
    words: "person add",
    summary: "add a person, or with one flag an approver, and make a one-time sign-in",
    load: async () => (await import("./commands/persons.ts")).personAdd,
  },
  {
    words: "person sign-in",
    summary: "make another one-time sign-in for a person who has not signed in",
    load: async () => (await import("./commands/persons.ts")).personSignIn,
  },
  {
    words: "principal add",
    summary: "add a person, a service, an agent or a tool",
    load: async () => (await import("./commands/principals.ts")).principalAdding,
  },
  {
    words: "principal disable",
    summary: "disable a principal at once",
    load: async () => (await import("./commands/principals.ts")).principalDisabling,
  },
  {
    words: "principal enable",
    summary: "enable a disabled principal again",
    load: async () => (await import("./commands/principals.ts")).principalEnabling,
  },
  {
    words: "principal list",
    summary: "everyone in the tenant",
    load: async () => (await import("./commands/principals.ts")).principalList,
  },
  {
    words: "owner recover",
    summary: "make an owner of a tenant without one, on the machine of its database",
    load: async () => (await import("./commands/owner-recover.ts")).ownerRecover,
  },
  {
    words: "token create",
    summary: "a new token, shown once",
    load: async () => (await import("./commands/tokens.ts")).tokenCreate,
  },
  {
    words: "token list",
    summary: "tokens, without their secrets",
    load: async () => (await import("./commands/tokens.ts")).tokenList,
  },
  {
    words: "token revoke",
    summary: "revoke a token",
    load: async () => (await import("./commands/tokens.ts")).tokenRevoke,
  },
  {
    words: "key enrol",
    summary: "make a key that signs your reviews",
    load: async () => (await import("./commands/key-enrol.ts")).keyEnrol,
  },
  {
    words: "key list",
    summary: "the keys that sign reviews",
    load: async () => (await import("./commands/keys.ts")).keyList,
  },
  {
    words: "key revoke",
    summary: "revoke a key",
    load: async () => (await import("./commands/keys.ts")).keyRevoke,
  },
  {
    words: "nats config",
    summary: "write the configuration of a nats-server, with one user per role",
    load: async () => (await import("./commands/nats-config.ts")).natsConfig,
  },
  {
    words: "backup",
    summary: "write the whole database into one file",
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  {
    words: "restore",
    summary: "restore a backup into an empty database",
    load: async () => (await import("./commands/restore.ts")).restore,
  },
  {
    words: "completion",
    summary: "completion for bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
]
