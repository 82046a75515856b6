// Cases of rules that need more than two locks: a tree with its committed lock or its policy, or a store with work in it.
// Owns: their text on the rules' pages. Does not own: showing them; `shownIn` names the test that does, against a real one.

import type { Json } from "@counterfoil/contracts"
import type { RuleId } from "@counterfoil/contracts/drift"

/** The text of one case: the state before (`before`), what the tree says now (`after`), and which rules fire. */
export interface ToldCase {
  readonly says: string
  readonly before: Json
  readonly after: Json
  readonly found: readonly RuleId[]
  readonly shownIn: string
}

const [tree, policy, store] = [
  "test/drift/generated.test.ts",
  "test/drift/policy.test.ts",
  "test/drift/live.test.ts",
]
const refund = "payments.refund@1"
const [old, now] = ["sha256:51…", "sha256:e0…"]
const [was, is] = [{ [refund]: old }, { [refund]: now }]
const row = (
  says: string,
  before: Json,
  after: Json,
  shownIn: string,
  ...found: readonly RuleId[]
): ToldCase => ({ says, before, after, found, shownIn })

const page = "docs/generated/handlers/payments.refund@1.md"
const kept = (documents: string, locked = now): Json => ({
  "contracts.lock.json": { [refund]: locked },
  "docs/generated": documents,
})
const contracts: Json = { contracts: { [refund]: now } }

/** Cases of a tree with its lock and documents. */
const treeCases: readonly ToldCase[] = [
  row("a contract was changed and not locked", kept("as made", old), contracts, tree, "C080"),
  row("a page was edited by hand", kept(`one byte of ${page} is another`), contracts, tree, "C080"),
  row(
    "the lock and the documents were made from the contracts as they are",
    kept("as made"),
    contracts,
    tree,
  ),
  row(
    "people wrote an acknowledgement into the lock",
    { "contracts.lock.json": { [refund]: now, acknowledged: ["C031"] }, "docs/generated": "as made" },
    contracts,
    tree,
  ),
]

const write = "fs.file.write@1"
const rule = (reads: string): Json => ({
  policies: `permit (principal, action == "${write}", resource) when { ${reads} }`,
})
const reports = 'context.input.root == "reports"'
const contractOf = (document: Json): Json => ({ contracts: { [write]: document } })
const asItIs = contractOf({ input: { root: "text" }, effect: "natural", floor: null })
const golden = (decision: string): Json => ({
  policies: { case: "an agent writes a report", contract: write, expect: decision },
})

/** Cases of a tree with its policy. */
const policyCases: readonly ToldCase[] = [
  row(
    "a field that a rule compares with text becomes a number",
    rule(reports),
    contractOf({ input: { root: "integer" } }),
    policy,
    "C086",
  ),
  row("a rule never was right", { policies: "permit (principal" }, asItIs, policy, "C086"),
  row(
    "a field that a rule reads is renamed",
    rule(reports),
    contractOf({ input: { folder: "text" } }),
    policy,
    "C087",
  ),
  row("a contract that a rule names is gone", rule(reports), { contracts: {} }, policy, "C087"),
  row("the field that a rule reads is as it was", rule(reports), asItIs, policy),
  row(
    "a contract gains a field that no rule reads",
    rule(reports),
    contractOf({ input: { root: "text", note: "text" } }),
    policy,
  ),
  row("a contract that no rule names is gone", rule(reports), asItIs, policy),
  row(
    "a floor that is raised holds what was allowed",
    golden("allow"),
    contractOf({ floor: "medium" }),
    policy,
    "C088",
  ),
  row(
    "repeating a write acts twice from now on, and it is held",
    golden("allow"),
    contractOf({ effect: "unsafe", irreversible: true }),
    policy,
    "C088",
  ),
  row("a floor is said that changes no verdict", golden("allow"), contractOf({ floor: "low" }), policy),
  row(
    "the floor of another contract is raised",
    golden("allow"),
    { contracts: { "fs.file.read@1": { floor: "high" } } },
    policy,
  ),
]

const request = (status: string): Json => ({ approval: "apr_01…", status, contract: was })
const planned = (status: string, step: string): Json => ({
  execution: "exe_01…",
  status,
  step,
  contract: was,
})
const ended = (at: string): Json => ({ execution: "exe_01…", endedAt: at, contract: was })
const candidate: Json = { contracts: is }
const same: Json = { contracts: was }

/** Cases of work in a store, compared with the contracts of a tree on 2026-11-21. */
const storeCases: readonly ToldCase[] = [
  row("a request is open, and its contract changed", request("open"), candidate, store, "C090", "C094"),
  row(
    "a request is approved and not used yet, and its contract is gone",
    request("approved"),
    { contracts: {} },
    store,
    "C090",
    "C094",
  ),
  row(
    "a request is open, and another tag puts its contract into another group of policy",
    request("open"),
    { contracts: was, tags: { [refund]: ["money", "refunds"] } },
    store,
    "C090",
  ),
  row("a request is open, and its contract is the same", request("open"), same, store),
  row("a request was rejected before its contract changed", request("rejected"), candidate, store, "C094"),
  row(
    "a paused execution has a step left of a contract that changed",
    planned("paused", "pending"),
    candidate,
    store,
    "C091",
    "C094",
  ),
  row(
    "a waiting execution has a step left of a contract that is gone",
    planned("waiting", "held"),
    { contracts: {} },
    store,
    "C091",
    "C094",
  ),
  row(
    "the step of the changed contract has finished, others go on",
    planned("paused", "completed"),
    candidate,
    store,
    "C094",
  ),
  row("a paused execution, whose contracts are the same", planned("paused", "pending"), same, store),
  row(
    "an intent of last week was planned by code that draws another plan now",
    ended("2026-11-14"),
    { contracts: was, code: "changed" },
    store,
    "C092",
  ),
  row(
    "the contract of an intent of last week is gone, and with it the code that planned it",
    ended("2026-11-12"),
    { contracts: {}, code: "gone" },
    store,
    "C092",
    "C094",
  ),
  row(
    "an execution ended last week, and its contract changed",
    ended("2026-11-14"),
    candidate,
    store,
    "C098",
    "C094",
  ),
  row(
    "an execution ended nine days ago, and the contract of a step is gone",
    ended("2026-11-12"),
    { contracts: {} },
    store,
    "C098",
    "C094",
  ),
  row("an execution ended in September, with another contract", ended("2026-09-12"), candidate, store),
  row(
    "an execution of last week has none of it",
    ended("2026-11-14"),
    { contracts: { "payments.pay@1": now } },
    store,
  ),
  row("an execution ended in September", ended("2026-09-12"), candidate, store),
  row("an execution ended last week with another contract", ended("2026-11-14"), same, store),
  row(
    "a step is in doubt, and its contract is gone, and its probe with it",
    planned("inDoubt", "inDoubt"),
    { contracts: {} },
    store,
    "C093",
    "C091",
  ),
  row(
    "a step is in doubt, and its contract changed",
    planned("inDoubt", "inDoubt"),
    candidate,
    store,
    "C093",
    "C091",
  ),
  row("a step in doubt was settled before", planned("running", "completed"), candidate, store, "C094"),
  row("a step is in doubt, and its contract is the same", planned("inDoubt", "inDoubt"), same, store),
  row(
    "an agent asked for it last week",
    { principal: "agt_6h…", asked: 12, last: "2026-11-14" },
    candidate,
    store,
    "C094",
  ),
  row(
    "people asked for what was planned with it",
    { principal: "hum_01…", asked: 1, last: "2026-11-20" },
    { contracts: {} },
    store,
    "C094",
  ),
  row(
    "it was not requested since September",
    { principal: "agt_6h…", asked: 3, last: "2026-09-12" },
    candidate,
    store,
  ),
  row("it was used last week, and is the same", { principal: "agt_6h…", asked: 12 }, same, store),
]

/** All of them. */
export const toldCases: readonly ToldCase[] = [...treeCases, ...policyCases, ...storeCases]
