// Every metric, and every value that each of its labels may have.
// Owns: names, types and closed label sets (an id, a principal, a tenant or text is never a label). Does not own: the
// numbers (metrics.ts). `contract`, `route` and `component` are closed by the installation, which names them at the start.

import {
  ApprovalStatus,
  Channel,
  Decision,
  EffectClass,
  ExecutionStatus,
  openStatuses,
  Mode,
  RejectionCode,
  ReviewDecision,
  Tier,
  entryKinds,
} from "@counterfoil/contracts"

/** Label sets that depend on the installation. */
export interface InstallationLabels {
  readonly contract: readonly string[]
  readonly route: readonly string[]
  readonly component: readonly string[]
  /** Templates of the subjects that the process answers. */
  readonly subject: readonly string[]
  /** The version of this process, as the only element. */
  readonly version: readonly string[]
}

/** A row of the table. A label is a closed list, or the name of a set in `InstallationLabels`. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram"
  readonly help: string
  readonly labels: { readonly [label: string]: readonly string[] | keyof InstallationLabels }
  /** What a histogram measures; each unit has buckets of its own. */
  readonly unit: "seconds" | "items"
}

const row = <const T extends MetricRow["type"], const L extends MetricRow["labels"]>(
  type: T,
  help: string,
  labels: L,
  unit: MetricRow["unit"] = "seconds",
) => ({ type, help, labels, unit })

/** The results of submitting an intent with a key. */
const intentAnswers = ["accepted", "rejected", "duplicate", "conflict"] as const
/** The faults that a stored trace can have. */
const traceFaults = ["chain", "projection"] as const
/** Why a message was quarantined. */
const quarantineReasons = ["unreadable", "refused", "poison"] as const
/** Why the quarantine counts a message without storing it. */
const dropReasons = ["room", "rate"] as const
/** The ways in which an approval request ends. */
const approvalEnds = ApprovalStatus.exclude(["open", "approved"]).options

/** The outcomes of a handler. */
const outcomes = ["succeeded", "rejected", "notSent", "unknown", "timedOut"] as const
/** Why a policy decision failed; each of them denies. */
export const policyErrors = ["policyError", "engineError", "invalidRequest"] as const
const componentStatuses = ["ok", "degraded", "failed"] as const
/** Every status of an HTTP response; typed as strings, because a server reports its status as a number. */
const statuses: readonly string[] = [
  "200",
  "202",
  "400",
  "401",
  "403",
  "404",
  "405",
  "409",
  "410",
  "413",
  "415",
  "422",
  "429",
  "500",
  "503",
  "504",
]

/** The results of sending a callback once, and of having tried for too long. */
export const callbackCodes = [
  "delivered",
  "refused",
  "redirected",
  "unreachable",
  "lost",
  "addressDenied",
  "secretMissing",
  "otherTenant",
  "gone",
  "givenUp",
] as const

/** The prefix of every name. */
export const metricPrefix = "counterfoil_"

/** The metrics of this release, without their prefix. Durations are in seconds. */
export const metricTable = {
  intents_total: row("counter", "Intents, by channel and result.", {
    channel: Channel.options,
    answer: intentAnswers,
  }),
  submissions_quarantined_total: row("counter", "Messages of the bus that were quarantined.", {
    reason: quarantineReasons,
  }),
  submissions_dropped_total: row(
    "counter",
    "Quarantined messages that are counted and not stored: the oldest of too many, or one of a sender that sends too often.",
    { reason: dropReasons },
  ),
  plan_duration_seconds: row("histogram", "Time to interpret and compile a plan.", {}),
  plan_rejections_total: row("counter", "Plans that did not compile, by the first reason.", {
    code: RejectionCode.options,
  }),
  verdicts_total: row("counter", "Verdicts.", {
    decision: Decision.options,
    tier: Tier.options,
    mode: Mode.options,
  }),
  verdict_duration_seconds: row("histogram", "Time of one decision.", { decision: Decision.options }),
  policy_errors_total: row("counter", "Errors while deciding; each was a denial.", { reason: policyErrors }),
  approvals_open: row("gauge", "Requests that wait for people; counting stops at 10,000.", {
    tier: Tier.options,
  }),
  approval_oldest_seconds: row("gauge", "Age of the oldest open request.", { tier: Tier.options }),
  approval_time_used_ratio: row(
    "gauge",
    "Share of the allowed time that has passed, for the open request closest to expiry.",
    {
      tier: Tier.options,
    },
  ),
  approvals_closed_total: row("counter", "Requests that are no longer open.", {
    tier: Tier.options,
    status: approvalEnds,
  }),
  review_duration_seconds: row("histogram", "Time from request to a person's answer.", {
    tier: Tier.options,
    channel: Channel.options,
    decision: ReviewDecision.options,
  }),
  reviews_total: row("counter", "Answers of people.", {
    tier: Tier.options,
    channel: Channel.options,
    decision: ReviewDecision.options,
  }),
  executions_open: row("gauge", "Executions that have not ended; counting stops at 10,000.", {
    status: openStatuses,
  }),
  execution_duration_seconds: row("histogram", "Time from intent to end.", {
    status: ExecutionStatus.options,
  }),
  attempts_total: row("counter", "Attempts of steps.", { effect: EffectClass.options, outcome: outcomes }),
  step_duration_seconds: row("histogram", "Time of one attempt.", {
    effect: EffectClass.options,
    outcome: outcomes,
    contract: "contract",
  }),
  steps_in_doubt: row("gauge", "Steps in doubt: it is not known whether they happened.", {}),
  step_in_doubt_oldest_seconds: row("gauge", "How long the oldest of them has been in doubt.", {}),
  ready_work_oldest_seconds: row("gauge", "How long the oldest due work has waited without a worker.", {}),
  leases_lapsed_total: row("counter", "Leases that ended before their holder released them.", {}),
  fence_refusals_total: row("counter", "Appends that were refused because the head or fence had moved.", {}),
  trace_entries_total: row("counter", "Entries appended.", { kind: entryKinds }),
  trace_append_duration_seconds: row("histogram", "Time of one append, until it is durable.", {}),
  trace_commit_entries: row("histogram", "Entries in one commit of the journal.", {}, "items"),
  relay_lag_entries: row("gauge", "Entries that are committed and not published.", {}),
  relay_lag_seconds: row("gauge", "Age of the oldest of them.", {}),
  trace_failures_total: row("counter", "Ended executions whose stored record does not verify.", {
    what: traceFaults,
  }),
  replay_divergences_total: row("counter", "Ended executions whose replay differs from the record.", {}),
  callback_deliveries_total: row("counter", "Attempts to send a callback, and callbacks given up.", {
    channel: Channel.options,
    code: callbackCodes,
  }),
  callbacks_waiting: row("gauge", "Callbacks that are not delivered; counting stops at 10,000.", {}),
  callback_oldest_seconds: row("gauge", "How long the oldest of them has waited.", {}),
  disk_free_ratio: row("gauge", "Free share of the disk of the embedded database; NaN elsewhere.", {}),
  nats_request_duration_seconds: row("histogram", "Time to answer a request over NATS.", {
    subject: "subject",
    status: statuses,
  }),
  http_request_duration_seconds: row("histogram", "Time to answer a request.", {
    route: "route",
    status: statuses,
  }),
  http_streams_open: row("gauge", "Event streams that are open.", {}),
  component_status: row("gauge", "1 for the status that a component has, 0 for the others.", {
    component: "component",
    status: componentStatuses,
  }),
  process_start_seconds: row("gauge", "Start time of this process, in seconds since 1970.", {}),
  build_info: row("gauge", "1 for the version that runs.", { version: "version" }),
} as const satisfies Readonly<Record<string, MetricRow>>

/** The name of a metric, without its prefix. */
export type MetricName = keyof typeof metricTable

/** The labels that a metric must be given: one value of each closed set. */
export type LabelsOf<N extends MetricName> = {
  readonly [
    L in keyof (typeof metricTable)[N]["labels"]
  ]: (typeof metricTable)[N]["labels"][L] extends readonly (infer V)[] ? V : string
}

/** The names of all metrics of one type. */
export type NamesOf<T extends MetricRow["type"]> = {
  [N in MetricName]: (typeof metricTable)[N]["type"] extends T ? N : never
}[MetricName]
