// Every alert: when it fires, who is notified, and the page that says what to do.
// Owns: the rules. Does not own: metric names (metric-table.ts, which types them here), nor the files made from this
// table (`ops/prometheus/alerts.yaml`; test/ops keeps them equal). Every alert uses a metric that exists.

import { metricPrefix, type MetricName } from "./metric-table.ts"

/** One alert. `holdsFor` is a Prometheus duration; `reaches` is the pager, or the owners' queue. */
interface AlertRow {
  readonly expr: string
  readonly holdsFor: string
  readonly reaches: "pager" | "owners"
  /** One sentence: what is wrong, without a value. */
  readonly says: string
  /** A page of docs/runbooks, without its extension. */
  readonly runbook: string
}

/** The full name of a metric; a name that is not in the table is a type error. */
export const metric = (name: MetricName, part: "" | "_bucket" | "_count" | "_sum" = ""): string =>
  `${metricPrefix}${name}${part}`

const alert = (
  reaches: AlertRow["reaches"],
  runbook: string,
  says: string,
  expr: string,
  holdsFor = "0m",
): AlertRow => ({ expr, holdsFor, reaches, says, runbook })

const grew = (name: MetricName, within: string): string => `increase(${metric(name)}[${within}]) > 0`
const failed = (component: string): string =>
  `${metric("component_status")}{component="${component}", status="failed"} == 1`

/** All alerts, those for the pager first. */
export const alertTable = {
  TraceBroken: alert(
    "pager",
    "trace-broken",
    "A stored trace, or a row derived from it, does not verify.",
    grew("trace_failures_total", "1h"),
  ),
  ReplayDivergence: alert(
    "pager",
    "replay-divergence",
    "The replay of an ended execution differs from what was recorded.",
    grew("replay_divergences_total", "1h"),
  ),
  InDoubtOld: alert(
    "pager",
    "step-in-doubt",
    "A step has been in doubt for 15 minutes.",
    `max(${metric("step_in_doubt_oldest_seconds")}) > 900`,
  ),
  WorkStalled: alert(
    "pager",
    "work-stalled",
    "Work has been due for two minutes and no worker has taken it.",
    `max(${metric("ready_work_oldest_seconds")}) > 120`,
  ),
  StoreUnready: alert(
    "pager",
    "store-unavailable",
    "A process cannot reach the database.",
    failed("store"),
    "1m",
  ),
  PolicyErrors: alert(
    "pager",
    "policy-error",
    "Policy decisions fail with errors, and each of them denies.",
    `sum(increase(${metric("policy_errors_total")}[5m])) > 0`,
  ),
  DiskLow: alert(
    "pager",
    "disk-low",
    "Less than a tenth of the embedded database's disk is free.",
    `${metric("disk_free_ratio")} < 0.1`,
    "5m",
  ),
  ClockSkew: alert(
    "pager",
    "clock-skew",
    "A process and the database disagree about the time.",
    failed("clock"),
    "1m",
  ),
  WorkerCrashLoop: alert(
    "pager",
    "worker-crash-loop",
    "A process has started more than three times in 15 minutes.",
    `changes(${metric("process_start_seconds")}[15m]) > 3`,
  ),
  HoldsStuck: alert(
    "owners",
    "approvals-stuck",
    "An open request has used 80 % of its time.",
    `max by (tier) (${metric("approval_time_used_ratio")}) > 0.8`,
  ),
  ExpiryBurst: alert(
    "owners",
    "approvals-stuck",
    "More than 5 % of the requests of an hour expired.",
    `sum(increase(${metric("approvals_closed_total")}{status="expired"}[1h])) / sum(increase(${metric("approvals_closed_total")}[1h])) > 0.05`,
  ),
  RubberStamp: alert(
    "owners",
    "approver-vigilance",
    "Half of the approvals of an hour came within three seconds.",
    `histogram_quantile(0.5, sum by (le) (increase(${metric("review_duration_seconds", "_bucket")}{decision="approve"}[1h]))) < 3 and sum(increase(${metric("review_duration_seconds", "_count")}{decision="approve"}[1h])) >= 10`,
  ),
  BusDown: alert(
    "owners",
    "bus-down",
    "The bus does not respond; work goes on, with delays.",
    `max by (instance, status) (${metric("component_status")}{component="bus", status!="ok"}) == 1`,
    "2m",
  ),
  RelayLag: alert(
    "owners",
    "bus-down",
    "Events are published more than a minute late.",
    `max(${metric("relay_lag_seconds")}) > 60`,
    "1m",
  ),
  SubmissionQuarantined: alert(
    "owners",
    "submission-quarantined",
    "A submission was quarantined.",
    `sum by (reason) (increase(${metric("submissions_quarantined_total")}[15m])) > 0`,
  ),
  SubmissionsDropped: alert(
    "owners",
    "submission-quarantined",
    "More submissions are refused than the quarantine keeps.",
    `sum by (reason) (increase(${metric("submissions_dropped_total")}[15m])) > 0`,
  ),
  CallbackUndelivered: alert(
    "owners",
    "callback-undelivered",
    "A callback has been undelivered for an hour, or its delivery was given up.",
    `max(${metric("callback_oldest_seconds")}) > 3600 or sum(increase(${metric("callback_deliveries_total")}{code=~"givenUp|gone"}[1h])) > 0`,
  ),
  FenceStorm: alert(
    "owners",
    "two-workers-one-lease",
    "Appends keep being refused because of an old fence.",
    `sum(rate(${metric("fence_refusals_total")}[5m])) > 1`,
    "5m",
  ),
} as const satisfies Readonly<Record<string, AlertRow>>

/** The name of an alert. */
export type AlertName = keyof typeof alertTable

/** The rules as Prometheus reads them. */
export const alertRules = () => ({
  groups: [
    {
      name: "counterfoil",
      rules: Object.entries<AlertRow>(alertTable).map(
        ([name, { expr, holdsFor, reaches, says, runbook }]) => ({
          alert: name,
          expr,
          for: holdsFor,
          labels: { severity: reaches === "pager" ? "page" : "ticket" },
          annotations: { summary: says, runbook: `docs/runbooks/${runbook}.md` },
        }),
      ),
    },
  ],
})
