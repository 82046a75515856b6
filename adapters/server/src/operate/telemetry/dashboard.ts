// The dashboard: four rows, each a question that an operator asks.
// Owns: which panel answers which question. Does not own: metric names (metric-table.ts), the file made from this (ops/grafana).

import { metric } from "./alert-table.ts"
import type { MetricName } from "./metric-table.ts"

/** One panel: its title, unit and lines. */
interface Panel {
  readonly title: string
  readonly unit: "short" | "s" | "percentunit" | "reqps"
  readonly lines: readonly { readonly expr: string; readonly legend: string }[]
}

const line = (expr: string, legend: string): Panel["lines"][number] => ({ expr, legend })
const panel = (title: string, unit: Panel["unit"], ...lines: Panel["lines"]): Panel => ({
  title,
  unit,
  lines,
})
const most = (name: MetricName, by?: string): string =>
  by === undefined ? `max(${metric(name)})` : `max by (${by}) (${metric(name)})`
const rate = (name: MetricName, by: string, part?: "_count"): string =>
  `sum by (${by}) (rate(${metric(name, part)}[5m]))`
const quantile = (q: number, name: MetricName): string =>
  `histogram_quantile(${q}, sum by (le) (rate(${metric(name, "_bucket")}[5m])))`
const times = (title: string, name: MetricName): Panel =>
  panel(title, "s", line(quantile(0.5, name), "half"), line(quantile(0.95, name), "95 of 100"))

/** Rows and their panels, in reading order. */
const rows: readonly { readonly question: string; readonly panels: readonly Panel[] }[] = [
  {
    question: "Do people keep up?",
    panels: [
      panel("Open requests", "short", line(most("approvals_open", "tier"), "{{tier}}")),
      panel("Oldest open request", "s", line(most("approval_oldest_seconds", "tier"), "{{tier}}")),
      times("From request to answer", "review_duration_seconds"),
      panel("Requests that ended", "reqps", line(rate("approvals_closed_total", "status"), "{{status}}")),
    ],
  },
  {
    question: "Does work move?",
    panels: [
      panel("Intents", "reqps", line(rate("intents_total", "channel, answer"), "{{channel}} {{answer}}")),
      panel("Open executions", "short", line(most("executions_open", "status"), "{{status}}")),
      panel("Oldest work that is due", "s", line(most("ready_work_oldest_seconds"), "due")),
      panel("Attempts", "reqps", line(rate("attempts_total", "effect, outcome"), "{{effect}} {{outcome}}")),
      times("One attempt", "step_duration_seconds"),
      times("From intent to end", "execution_duration_seconds"),
      panel(
        "In doubt",
        "short",
        line(most("steps_in_doubt"), "steps"),
        line(`${most("step_in_doubt_oldest_seconds")} / 60`, "oldest, minutes"),
      ),
      panel(
        "Leases and fences",
        "reqps",
        line(`sum(rate(${metric("leases_lapsed_total")}[5m]))`, "lapsed"),
        line(`sum(rate(${metric("fence_refusals_total")}[5m]))`, "refused"),
      ),
    ],
  },
  {
    question: "Is it still provable?",
    panels: [
      panel("Entries", "reqps", line(`sum(rate(${metric("trace_entries_total")}[5m]))`, "appended")),
      panel("Entries in one commit", "short", line(quantile(0.5, "trace_commit_entries"), "half")),
      panel(
        "Found wrong",
        "short",
        line(`sum by (what) (increase(${metric("trace_failures_total")}[1h]))`, "{{what}}"),
        line(`sum(increase(${metric("replay_divergences_total")}[1h]))`, "divergent"),
      ),
      panel("Events not yet published", "short", line(most("relay_lag_entries"), "entries")),
      panel("Age of the oldest of them", "s", line(most("relay_lag_seconds"), "age")),
    ],
  },
  {
    question: "Is it healthy?",
    panels: [
      panel(
        "Components that are not ok",
        "short",
        line(`${metric("component_status")}{status!="ok"} == 1`, "{{instance}} {{component}} {{status}}"),
      ),
      panel(
        "Callbacks",
        "reqps",
        line(rate("callback_deliveries_total", "code"), "{{code}}"),
        line(`${most("callback_oldest_seconds")} / 3600`, "oldest, hours"),
      ),
      times("One append, until durable", "trace_append_duration_seconds"),
      times("One decision", "verdict_duration_seconds"),
      times("One plan", "plan_duration_seconds"),
      times("One request over HTTP", "http_request_duration_seconds"),
      times("One request over NATS", "nats_request_duration_seconds"),
      panel("Errors while deciding", "reqps", line(rate("policy_errors_total", "reason"), "{{reason}}")),
      panel(
        "Versions that run",
        "short",
        line(`count by (version) (${metric("build_info")})`, "{{version}}"),
      ),
    ],
  },
]

const panelWidth = 6
const panelHeight = 7
const gridWidth = 24

/** The dashboard as Grafana imports it; the import asks which Prometheus to read. */
export function grafanaDashboard() {
  const placed: object[] = []
  let y = 0
  for (const { question, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: "row",
      title: question,
      gridPos: { x: 0, y, w: gridWidth, h: 1 },
    })
    for (const [i, { title, unit, lines }] of panels.entries()) {
      const at = i * panelWidth
      placed.push({
        id: placed.length + 1,
        type: "timeseries",
        title,
        datasource,
        gridPos: {
          x: at % gridWidth,
          y: y + 1 + panelHeight * Math.floor(at / gridWidth),
          w: panelWidth,
          h: panelHeight,
        },
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        targets: lines.map(({ expr, legend }, index) => ({
          refId: String.fromCharCode("A".charCodeAt(0) + index),
          datasource,
          expr,
          legendFormat: legend,
        })),
      })
    }
    y += 1 + panelHeight * Math.ceil((panels.length * panelWidth) / gridWidth)
  }
  return {
    title: "Counterfoil",
    uid: "counterfoil",
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" }],
    },
    panels: placed,
  }
}

const datasource = { type: "prometheus", uid: "${datasource}" } as const
