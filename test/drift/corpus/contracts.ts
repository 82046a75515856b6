// Labelled changes of what a contract says beside its values, of which contracts there are, and several at once.
// A label is `rule class place`; the list is everything that is found, the worst first.

import type { ContractDocument, Json } from "@counterfoil/contracts"
import { changed, command, event, intent } from "./lock-of.ts"

/** One labelled change of a whole lock. */
export interface LockCase {
  readonly says: string
  readonly before: readonly ContractDocument[]
  readonly after: readonly ContractDocument[]
  readonly found: readonly string[]
}

type Fields = { readonly [field: string]: Json }

// Every change but those about versions raises it, so that only what is meant is found.
const higher = { version: "1.5.0" }
const one = (says: string, before: Fields, after: Fields, ...found: readonly string[]): LockCase => ({
  says,
  before: [changed(command, before)],
  after: [changed(command, { ...higher, ...after })],
  found,
})
const meta = (fields: Fields): Fields => ({ meta: { ...(command["meta"] as Fields), ...fields } })
const auth = (fields: Fields): Fields => ({ auth: { ...(command["auth"] as Fields), ...fields } })
const limits = (fields: Fields): Fields => ({ limits: { ...(command["limits"] as Fields), ...fields } })
const announced = { since: "1.4.0", replacedBy: "payments.refund@2", removeAfter: "2026-12-31" }
const deprecated = (removeAfter: string): Fields =>
  meta({ stability: "deprecated", deprecation: { ...announced, removeAfter } })
const check = (version: number): Fields => ({
  checks: [{ id: "amountBelowCharge", version, says: "the amount is at most what was charged" }],
})
const [first] = command["checks"] as readonly [Fields]
const input = command["input"] as Fields
const observes = {
  contract: "payments.charge.get@1",
  input: { charge: { $from: "input", at: "/charge" } },
  at: "/state",
}
const lines = [{ label: "Charge", at: "/charge" }]
const required = {
  input: {
    type: "object",
    properties: { charge: { type: "string" }, amount: { type: "integer" }, reason: { type: "string" } },
    required: ["charge", "amount", "reason"],
    additionalProperties: false,
  },
  examples: [{ title: "part of it", input: { charge: "ch_1", amount: 5, reason: "late" } }],
}
const held = { title: "part of it", input: { charge: "ch_1", amount: 5 } }
const second = changed(command, { ...required, version: "2.0.0" })

/** Declarations of one command. */
export const declarationCases: readonly LockCase[] = [
  one("nothing but a higher version", {}, {}),
  one("a command becomes a query", {}, { kind: "query" }, "C003 breaking /kind"),
  one("a query becomes a command", { kind: "query" }, {}, "C003 breaking /kind"),
  one("the path changes", {}, { path: "gate" }, "C004 breaking /path"),
  one("what acted on an execution becomes a step", { path: "control" }, {}, "C004 breaking /path"),
  one(
    "a change without a higher version",
    {},
    { version: "1.4.0", path: "gate" },
    "C004 breaking /path",
    "C005 breaking /version",
  ),
  one(
    "a safe change without a higher version",
    {},
    { version: "1.4.0", errors: [] },
    "C005 breaking /version",
    "C041 safe /errors/CAPACITY_EXCEEDED",
  ),
  one(
    "words change without a higher version",
    {},
    { version: "1.4.0", ...meta({ title: "Give back" }) },
    "C073 safe /meta",
  ),
  one("the version goes down", {}, { version: "1.3.9" }, "C006 breaking /version"),
  one("a release becomes its pre-release", {}, { version: "1.4.0-rc.1" }, "C006 breaking /version"),
  one("a pre-release becomes a release", { version: "1.4.0-rc.1" }, { version: "1.4.0" }),

  one("the effect class changes", {}, { effect: "natural", window: null }, "C030 breaking /effect"),
  one(
    "the effect class becomes probeable",
    {},
    { effect: "probeable", window: null, probe: { settle: "PT1M" } },
    "C030 breaking /effect",
  ),
  one("the floor is lowered", {}, { floor: "low" }, "C031 risky /floor"),
  one("the floor is dropped", {}, { floor: null }, "C031 risky /floor"),
  one("the floor is raised", {}, { floor: "high" }, "C032 risky /floor"),
  one("a floor is set where there was none", { floor: null }, {}, "C032 risky /floor"),
  one("the lowest floor equals no floor", { floor: "low" }, { floor: null }, "C049 safe /digest"),
  one("it becomes irreversible", {}, { irreversible: true }, "C033 risky /irreversible"),
  one("it can be reversed from now on", { irreversible: true }, {}, "C033 risky /irreversible"),
  one("the window is shortened", {}, { window: "PT1H" }, "C034 breaking /window"),
  one("the window is lengthened", {}, { window: "P30D" }, "C034 risky /window"),
  one("the window is written in hours", {}, { window: "PT24H" }),
  one(
    "the probe settles later",
    { effect: "probeable", window: null, probe: { settle: "PT1M" } },
    { effect: "probeable", window: null, probe: { settle: "PT2M" } },
    "C035 breaking /probe",
  ),
  one(
    "the probe settles sooner",
    { effect: "probeable", window: null, probe: { settle: "PT2M" } },
    { effect: "probeable", window: null, probe: { settle: "PT1M" } },
    "C035 breaking /probe",
  ),
  one(
    "the probe's time is written in seconds",
    { effect: "probeable", window: null, probe: { settle: "PT1M" } },
    { effect: "probeable", window: null, probe: { settle: "PT60S" } },
  ),
  one("the undo is removed", {}, { undo: null }, "C036 risky /undo"),
  one(
    "the undo is another contract",
    {},
    { undo: { contract: "payments.pay@1", input: {} } },
    "C036 risky /undo",
  ),
  one("an undo is added", { undo: null }, {}, "C036 safe /undo"),
  one("what it reads before it acts is declared", {}, { observes }, "C045 safe /observes"),
  one("what it reads before it acts is no longer declared", { observes }, {}, "C045 risky /observes"),
  one(
    "less is read before it acts",
    { observes },
    { observes: { ...observes, input: {} } },
    "C045 risky /observes",
  ),
  one(
    "what is read before is declared with its fields in another order",
    { observes },
    { observes: { at: observes.at, input: observes.input, contract: observes.contract } },
  ),
  one(
    "the resource is another field",
    {},
    { resource: { kind: "charge", at: "/amount" } },
    "C039 breaking /resource",
  ),
  one(
    "the resource is another kind",
    {},
    { resource: { kind: "payment", at: "/charge" } },
    "C039 breaking /resource",
  ),
  one("a resource is named first now", { resource: null }, {}, "C039 breaking /resource"),

  one(
    "an error is added",
    {},
    { errors: ["CAPACITY_EXCEEDED", "NAME_TAKEN"] },
    "C040 risky /errors/NAME_TAKEN",
  ),
  one("the first error of its own is added", { errors: [] }, {}, "C040 risky /errors/CAPACITY_EXCEEDED"),
  one(
    "errors in another order",
    { errors: ["CAPACITY_EXCEEDED", "NAME_TAKEN"] },
    { errors: ["NAME_TAKEN", "CAPACITY_EXCEEDED"] },
  ),
  one("an error is removed", {}, { errors: [] }, "C041 safe /errors/CAPACITY_EXCEEDED"),
  one("an event is no longer emitted", {}, { emits: [] }, "C050 breaking /emits/payments.refunded@1"),
  one(
    "one of two events is no longer emitted",
    { emits: ["payments.charged@1", "payments.refunded@1"] },
    {},
    "C050 breaking /emits/payments.charged@1",
  ),
  one(
    "a second event is emitted, too",
    {},
    { emits: ["payments.charged@1", "payments.refunded@1"] },
    "C051 safe /emits/payments.charged@1",
  ),
  one(
    "events in another order",
    { emits: ["payments.charged@1", "payments.refunded@1"] },
    { emits: ["payments.refunded@1", "payments.charged@1"] },
  ),
  one("an event is emitted, too", { emits: [] }, {}, "C051 safe /emits/payments.refunded@1"),
  one("a check is added", { checks: [] }, check(1), "C028 breaking /checks/amountBelowCharge"),
  one("a check is removed", {}, { checks: [] }, "C028 risky /checks/amountBelowCharge"),
  one("a check is raised", {}, check(2), "C028 breaking /checks/amountBelowCharge"),
  one("a check goes back", check(2), {}, "C028 breaking /checks/amountBelowCharge"),

  one("agents may no longer call it", {}, auth({ kinds: ["human"] }), "C064 breaking /auth/kinds/agent"),
  one("people may no longer call it", {}, auth({ kinds: ["agent"] }), "C064 breaking /auth/kinds/human"),
  one(
    "tools may call it, too",
    {},
    auth({ kinds: ["agent", "human", "tool"] }),
    "C065 risky /auth/kinds/tool",
  ),
  one(
    "services may call it, too",
    {},
    auth({ kinds: ["agent", "human", "service"] }),
    "C065 risky /auth/kinds/service",
  ),
  one("kinds in another order", {}, auth({ kinds: ["human", "agent"] })),
  one("more assurance is asked", {}, auth({ assurance: "key" }), "C066 risky /auth/assurance"),
  one("less assurance is asked", {}, auth({ assurance: "chat" }), "C066 risky /auth/assurance"),
  one("the deadline is written in minutes", limits({ deadline: "PT120S" }), limits({ deadline: "PT2M" })),
  one("more may run at once", {}, limits({ inFlight: 16 }), "C049 safe /digest"),
  one("the deadline is shorter", {}, limits({ deadline: "PT10S" }), "C067 risky /limits/deadline"),
  one("there are more attempts", {}, limits({ attempts: 5 }), "C067 risky /limits/attempts"),
  one("inputs must be smaller", {}, limits({ inputBytes: 500 }), "C068 breaking /limits/inputBytes"),
  one("inputs may be larger", {}, limits({ inputBytes: 5000 }), "C049 safe /digest"),
  one(
    "a check says the same in other words",
    {},
    { checks: [{ ...first, says: "no more than was charged" }] },
  ),
  one(
    "an input says which fields it needs in another order",
    {},
    { input: { ...input, required: ["amount", "charge"] } },
  ),
  one("an input shows an example", {}, { input: { ...input, examples: [{ charge: "ch_2", amount: 1 }] } }),
  one("fewer may run at once", {}, limits({ inFlight: 4 }), "C068 breaking /limits/inFlight"),

  one("the last example is removed", {}, { examples: [] }, "C070 risky /examples"),
  one(
    "an example that does not hold",
    {},
    { examples: [{ title: "odd", input: { charge: 1, amount: 5 } }] },
    "C071 breaking /examples/0",
  ),
  one(
    "an example whose output is not valid",
    {},
    { examples: [{ title: "odd", input: { charge: "c", amount: 5 }, output: { id: 1 } }] },
    "C071 breaking /examples/0/output",
  ),
  one(
    "an example shows its output from now on",
    {},
    { examples: [{ title: "one", input: { charge: "c", amount: 5 }, output: { id: "re_1" } }] },
  ),
  one(
    "a second example that does not hold",
    { examples: [{ title: "odd", input: { charge: 1, amount: 5 } }, held] },
    { examples: [{ title: "odd", input: { charge: 1, amount: 5 } }, held, { title: "new", input: {} }] },
    "C071 breaking /examples/2",
  ),
  one("another owner", {}, meta({ owners: ["billing"] }), "C072 risky /meta/owners"),
  one("an owner joins", {}, meta({ owners: ["billing", "payments"] }), "C072 risky /meta/owners"),
  one("owners in another order", meta({ owners: ["a", "b"] }), meta({ owners: ["b", "a"] })),
  one("another title", {}, meta({ title: "Give back" }), "C073 safe /meta"),
  one("another tag", {}, meta({ tags: ["money", "card"] }), "C073 safe /meta"),
  one("stable becomes beta", {}, meta({ stability: "beta" }), "C074 risky /meta/stability"),
  one("beta becomes stable", meta({ stability: "beta" }), {}, "C074 safe /meta/stability"),
  one("it is deprecated properly", {}, deprecated("2026-12-31"), "C074 safe /meta/stability"),
  one(
    "it is deprecated without a date",
    {},
    meta({ stability: "deprecated" }),
    "C075 risky /meta/deprecation",
    "C074 safe /meta/stability",
  ),
  one(
    "a beta is deprecated without a date",
    meta({ stability: "beta" }),
    meta({ stability: "deprecated" }),
    "C075 risky /meta/deprecation",
    "C074 safe /meta/stability",
  ),
  one(
    "its end comes nearer by a day",
    deprecated("2026-12-31"),
    deprecated("2026-12-30"),
    "C076 breaking /meta/deprecation/removeAfter",
  ),
  one(
    "its end comes nearer",
    deprecated("2026-12-31"),
    deprecated("2026-12-01"),
    "C076 breaking /meta/deprecation/removeAfter",
  ),
  one("its end moves away", deprecated("2026-12-31"), deprecated("2027-06-30")),
  one(
    "it is deprecated with yesterday's day",
    {},
    deprecated("2026-11-20"),
    "C077 breaking /meta/deprecation/removeAfter",
    "C074 safe /meta/stability",
  ),
  one(
    "it is deprecated with the day of the check",
    {},
    deprecated("2026-11-21"),
    "C077 breaking /meta/deprecation/removeAfter",
    "C074 safe /meta/stability",
  ),
  one(
    "it is deprecated with 29 days of notice",
    {},
    deprecated("2026-12-20"),
    "C077 risky /meta/deprecation/removeAfter",
    "C074 safe /meta/stability",
  ),
  one("it is deprecated with 30 days of notice", {}, deprecated("2026-12-21"), "C074 safe /meta/stability"),
  one(
    "a stable contract gets an end that is over",
    {},
    meta({ deprecation: { ...announced, removeAfter: "2026-11-01" } }),
    "C077 breaking /meta/deprecation/removeAfter",
  ),
  one(
    "it is deprecated with a day in another spelling",
    {},
    deprecated("12/31/2027"),
    "C075 risky /meta/deprecation",
    "C074 safe /meta/stability",
  ),
  one(
    "its end is not a day any more",
    deprecated("2026-12-31"),
    deprecated("2026-02-30"),
    "C075 risky /meta/deprecation",
  ),
  one(
    "deprecated becomes experimental",
    deprecated("2026-12-31"),
    meta({ stability: "experimental" }),
    "C074 risky /meta/stability",
  ),
  one(
    "deprecated becomes beta",
    deprecated("2026-12-31"),
    meta({ stability: "beta" }),
    "C074 risky /meta/stability",
  ),
  one("deprecated becomes stable", deprecated("2026-12-31"), meta({}), "C074 safe /meta/stability"),
  one(
    "a breaking change of a contract that becomes experimental with it",
    {},
    { ...meta({ stability: "experimental" }), effect: "natural", window: null },
    "C030 breaking /effect",
    "C074 risky /meta/stability",
  ),
  one(
    "a breaking change of an experimental contract",
    meta({ stability: "experimental" }),
    { ...meta({ stability: "experimental" }), effect: "natural", window: null },
    "C030 risky /effect",
  ),
  one(
    "an approver no longer sees a line",
    {},
    { preview: [{ label: "Amount", at: "/amount" }] },
    "C029 risky /preview",
  ),
  one(
    "an approver sees one more line",
    {},
    { preview: [...lines, { label: "Amount", at: "/amount" }] },
    "C029 safe /preview",
  ),
  one(
    "an approver sees the lines in another order",
    { preview: [...lines, { label: "Amount", at: "/amount" }] },
    { preview: [{ label: "Amount", at: "/amount" }, ...lines] },
    "C049 safe /digest",
  ),
]

const row = (
  says: string,
  before: readonly ContractDocument[],
  after: readonly ContractDocument[],
  ...found: readonly string[]
): LockCase => ({ says, before, after, found })
const moved = changed(command, { ...higher, capability: "payments.admin" })
const other = changed(command, { name: "payments.pay" })

/** Contracts that come, go and move, and intents and events. */
export const lockCases: readonly LockCase[] = [
  row("nothing changed", [command, event, intent], [intent, event, command]),
  row("a contract is removed", [command, event], [event], "C001 breaking "),
  row(
    "a deprecated contract is removed too early",
    [changed(command, deprecated("2026-12-31")), event],
    [event],
    "C001 breaking ",
  ),
  row(
    "a deprecated contract is removed after its day",
    [changed(command, deprecated("2026-11-01")), event],
    [event],
    "C001 safe ",
  ),
  row(
    "a contract is removed whose last day is not a day",
    [changed(command, deprecated("12/31/2025")), event],
    [event],
    "C001 breaking ",
  ),
  row(
    "a contract is removed on its last day",
    [changed(command, deprecated("2026-11-21")), event],
    [event],
    "C001 breaking ",
  ),
  row(
    "a contract of a new capability is added",
    [event],
    [event, changed(other, { capability: "payments.pay" })],
    "C002 safe ",
  ),
  row(
    "a contract of a granted capability is added",
    [command],
    [command, other],
    "C062 risky /provides/payments.pay@1",
    "C002 safe ",
  ),
  row(
    "a contract without a valid example is added",
    [event],
    [event, changed(other, { capability: "payments.pay", examples: [] })],
    "C070 risky /examples",
    "C002 safe ",
  ),
  row("a breaking change under a new major, the old one kept", [command], [command, second], "C007 safe "),
  row(
    "a breaking change under a new major, the old one removed",
    [command],
    [second],
    "C001 breaking ",
    "C002 safe ",
  ),
  row(
    "a new major like the old one, the old one kept",
    [command],
    [command, changed(command, { version: "2.0.0" })],
    "C007 safe ",
  ),
  row(
    "the same breaking change without a new major",
    [command],
    [changed(second, { version: "1.5.0" })],
    "C010 breaking /input/reason",
  ),
  row(
    "a contract is renamed",
    [command],
    [changed(command, { name: "payments.giveBack" })],
    "C001 breaking ",
    "C062 risky /provides/payments.giveBack@1",
    "C002 safe ",
  ),
  row(
    "a contract moves to another capability",
    [command, event],
    [moved, event],
    "C060 breaking /capability",
    "C061 breaking /provides/payments.refund@1",
  ),
  row(
    "a contract moves to a capability that is granted",
    [command, changed(other, { capability: "payments.admin" })],
    [moved, changed(other, { capability: "payments.admin" })],
    "C060 breaking /capability",
    "C061 breaking /provides/payments.refund@1",
    "C062 risky /provides/payments.refund@1",
  ),
  row(
    "an event loses a field",
    [event],
    [changed(event, { ...higher, payload: { type: "object", properties: {}, additionalProperties: false } })],
    "C014 breaking /payload/id",
  ),
  row(
    "an example of an event does not hold",
    [event],
    [changed(event, { ...higher, examples: [{ title: "odd", payload: { id: 1 } }] })],
    "C071 breaking /examples/0",
  ),
  row(
    "an event shows an example",
    [event],
    [changed(event, { ...higher, examples: [{ title: "one", payload: { id: "re_1" } }] })],
  ),
  row(
    "an event is added whose example does not hold",
    [command],
    [command, changed(event, { capability: "payments.read", examples: [{ title: "odd", payload: {} }] })],
    "C071 breaking /examples/0",
    "C002 safe ",
  ),
  row(
    "an intent undoes from now on",
    [intent],
    [changed(intent, { ...higher, onFailure: "undo" })],
    "C036 risky /onFailure",
  ),
  row(
    "an intent has less time",
    [intent],
    [changed(intent, { ...higher, deadline: "P1D" })],
    "C067 risky /deadline",
  ),
  row(
    "two contracts change at once",
    [command, intent],
    [
      changed(command, { ...higher, effect: "natural", window: null }),
      changed(intent, { ...higher, deadline: "P1D" }),
    ],
    "C030 breaking /effect",
    "C067 risky /deadline",
  ),
]
