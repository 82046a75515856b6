// Every metric, and every value that each of its labels may have.
// Owns: names, types and closed label sets (an id, a principal, a tenant or text is never a label). Does not own: the
// numbers (metrics.ts). `contract`, `route` and `component` are closed by the installation, which names them at the start.

import {
  Channel,
  Decision,
  EffectClass,
  ExecutionStatus,
  Mode,
  RejectionCode,
  ReviewDecision,
  Tier,
  entryKinds,
} from "@counterfoil/contracts"

/** Label sets that only the installation knows. */
export interface InstallationLabels {
  readonly contract: readonly string[]
  readonly route: readonly string[]
  readonly component: readonly string[]
}

/** A metric as the table says it. A label is a closed list, or the name of one that the installation closes. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram"
  readonly help: string
  readonly labels: { readonly [label: string]: readonly string[] | keyof InstallationLabels }
}

const row = <const T extends MetricRow["type"], const L extends MetricRow["labels"]>(
  type: T,
  help: string,
  labels: L,
) => ({ type, help, labels })

/** What a handler can answer. */
const outcomes = ["succeeded", "rejected", "notSent", "unknown"] as const
/** Why a decision could not be made; each of them denies. */
export const policyErrors = ["policyError", "engineError", "invalidRequest"] as const
const componentStatuses = ["ok", "degraded", "failed"] as const
/** Every status that HTTP answers with; wide, because a server says its status as a number. */
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

/** The metrics of this release, without their prefix `counterfoil_`. Durations are in seconds. */
export const metricTable = {
  intents_total: row("counter", "Intents by channel.", { channel: Channel.options }),
  plan_rejections_total: row("counter", "Plans that did not compile, by the first reason.", {
    code: RejectionCode.options,
  }),
  verdicts_total: row("counter", "Verdicts.", {
    decision: Decision.options,
    tier: Tier.options,
    mode: Mode.options,
  }),
  policy_errors_total: row("counter", "Errors while deciding; each was a denial.", { reason: policyErrors }),
  reviews_total: row("counter", "Answers of people.", {
    channel: Channel.options,
    decision: ReviewDecision.options,
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
  leases_lapsed_total: row("counter", "Leases that were lost before they were given back.", {}),
  fence_refusals_total: row("counter", "Appends that were refused because the head or fence had moved.", {}),
  trace_entries_total: row("counter", "Entries appended.", { kind: entryKinds }),
  trace_append_duration_seconds: row("histogram", "Time of one append, until it is durable.", {}),
  http_request_duration_seconds: row("histogram", "Time to answer a request.", {
    route: "route",
    status: statuses,
  }),
  http_streams_open: row("gauge", "Event streams that are open.", {}),
  component_status: row("gauge", "1 for the status that a component has, 0 for the others.", {
    component: "component",
    status: componentStatuses,
  }),
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
