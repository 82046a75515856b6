// For each alert a world in which it fires and one in which it is quiet, as `promtool test rules` reads them.
// Owns: the cases. Does not own: the rules (adapters/server/src/operate/telemetry/alert-table.ts).

import { metricPrefix, type AlertName, type metricTable } from "@counterfoil/server/operate"

/** Series by name and labels, with their values a minute apart in promtool's notation, and when to look. */
interface AlertCase {
  readonly fires: Readonly<Record<string, string>>
  readonly quiet: Readonly<Record<string, string>>
  readonly at: string
}

const of = (name: keyof typeof metricTable, labels = "", part: "" | "_bucket" | "_count" = ""): string =>
  `${metricPrefix}${name}${part}${labels === "" ? "" : `{${labels}}`}`

const bucket = (le: string): string =>
  of("review_duration_seconds", `decision="approve",tier="medium",le="${le}"`, "_bucket")
const reviews = of("review_duration_seconds", 'decision="approve",tier="medium"', "_count")
const closed = (status: string): string => of("approvals_closed_total", `tier="medium",status="${status}"`)
const component = (name: string, status: string): string =>
  of("component_status", `component="${name}",status="${status}"`)

/** One pair of worlds for every alert: a new alert without them does not compile. */
export const alertCases: { readonly [N in AlertName]: AlertCase } = {
  TraceBroken: {
    fires: { [of("trace_failures_total", 'what="chain"')]: "0 0 1 1 1 1" },
    quiet: { [of("trace_failures_total", 'what="chain"')]: "3 3 3 3 3 3" },
    at: "5m",
  },
  ReplayDivergence: {
    fires: { [of("replay_divergences_total")]: "0 0 1 1 1 1" },
    quiet: { [of("replay_divergences_total")]: "0x5" },
    at: "5m",
  },
  InDoubtOld: {
    fires: { [of("step_in_doubt_oldest_seconds")]: "0+60x20" },
    quiet: { [of("step_in_doubt_oldest_seconds")]: "0+30x20" },
    at: "20m",
  },
  WorkStalled: {
    fires: { [of("ready_work_oldest_seconds")]: "0+60x5" },
    quiet: { [of("ready_work_oldest_seconds")]: "30x5" },
    at: "4m",
  },
  StoreUnready: {
    fires: { [component("store", "failed")]: "0 1 1 1 1 1" },
    quiet: { [component("store", "failed")]: "0 0 0 0 0 1", [component("store", "ok")]: "1 1 1 1 1 0" },
    at: "5m",
  },
  PolicyErrors: {
    fires: { [of("policy_errors_total", 'reason="policyError"')]: "0 0 0 1 1 1" },
    quiet: { [of("policy_errors_total", 'reason="policyError"')]: "0x5" },
    at: "5m",
  },
  DiskLow: {
    fires: { [of("disk_free_ratio")]: "0.09x10" },
    quiet: { [of("disk_free_ratio")]: "0.2x10" },
    at: "10m",
  },
  ClockSkew: {
    fires: { [component("clock", "failed")]: "1x5" },
    quiet: { [component("clock", "failed")]: "0x5", [component("policy", "failed")]: "1x5" },
    at: "5m",
  },
  WorkerCrashLoop: {
    fires: { [of("process_start_seconds")]: "100 200 300 400 500 600 600" },
    quiet: { [of("process_start_seconds")]: "100 100 100 400 400 400 400" },
    at: "6m",
  },
  HoldsStuck: {
    fires: { [of("approval_time_used_ratio", 'tier="high"')]: "0.7 0.9" },
    quiet: { [of("approval_time_used_ratio", 'tier="high"')]: "0.7 0.79" },
    at: "1m",
  },
  ExpiryBurst: {
    fires: { [closed("expired")]: "0+1x60", [closed("consumed")]: "0+10x60" },
    quiet: { [closed("expired")]: "0+1x60", [closed("consumed")]: "0+40x60" },
    at: "60m",
  },
  RubberStamp: {
    fires: {
      [bucket("1")]: "0+1x60",
      [bucket("3")]: "0+1x60",
      [bucket("+Inf")]: "0+1x60",
      [reviews]: "0+1x60",
    },
    quiet: {
      [bucket("1")]: "0+0x60",
      [bucket("3")]: "0+0x60",
      [bucket("30")]: "0+1x60",
      [bucket("+Inf")]: "0+1x60",
      [reviews]: "0+1x60",
    },
    at: "60m",
  },
  BusDown: {
    fires: { [component("bus", "failed")]: "0 1 1 1 1 1" },
    quiet: { [component("bus", "failed")]: "0x5", [component("bus", "ok")]: "1x5" },
    at: "5m",
  },
  RelayLag: {
    fires: { [of("relay_lag_seconds")]: "0+40x5" },
    quiet: { [of("relay_lag_seconds")]: "NaN NaN NaN 20 20 20" },
    at: "5m",
  },
  SubmissionQuarantined: {
    fires: { [of("submissions_quarantined_total", 'reason="poison"')]: "0 0 1 1 1 1" },
    quiet: { [of("submissions_quarantined_total", 'reason="poison"')]: "0x5" },
    at: "5m",
  },
  SubmissionsDropped: {
    fires: { [of("submissions_dropped_total", 'reason="rate"')]: "0 0 5 5 5 5" },
    quiet: { [of("submissions_dropped_total", 'reason="rate"')]: "5x5" },
    at: "5m",
  },
  CallbackUndelivered: {
    fires: { [of("callback_oldest_seconds")]: "0+900x6" },
    quiet: {
      [of("callback_oldest_seconds")]: "0+60x6",
      [of("callback_deliveries_total", 'channel="http",code="givenUp"')]: "2x6",
      [of("callback_deliveries_total", 'channel="http",code="refused"')]: "0+1x6",
    },
    at: "6m",
  },
  FenceStorm: {
    fires: { [of("fence_refusals_total")]: "0+120x15" },
    quiet: { [of("fence_refusals_total")]: "0+6x15" },
    at: "15m",
  },
}
