// docs/metrics.md: every metric and every alert, from the tables in the code.
// Owns: the page. Does not own: the tables (adapters/server/src/operate/telemetry).

import { alertTable, metricPrefix, metricTable } from "@counterfoil/server/operate"

type Row = (typeof metricTable)[keyof typeof metricTable]

const labelsOf = ({ labels }: Row): string => {
  const names = Object.keys(labels)
  return names.length === 0 ? "–" : names.map((name) => `\`${name}\``).join(", ")
}
const metricLines = Object.entries<Row>(metricTable).map(
  ([name, row]) => `| \`${metricPrefix}${name}\` | ${row.type} | ${labelsOf(row)} | ${row.help} |`,
)
const alertLines = Object.entries(alertTable).map(
  ([name, { says, reaches, runbook }]) =>
    `| ${name} | ${says} | ${reaches === "pager" ? "pager" : "owners' queue"} | [${runbook}](runbooks/${runbook}.md) |`,
)

/** The page. */
export const metricsPage = `<!-- Made by test/ops/metrics-page.ts from the tables in adapters/server/src/operate/telemetry: npm run golden -- --update -->

# Metrics, alerts and spans

## Where they are

Each process serves \`/metrics\`, \`/livez\` and \`/readyz\` on a listener of its own: loopback, the port after its HTTP port, unless
\`--metrics-host\` and \`--metrics-port\` of \`npx counterfoil serve\` say otherwise. There is no token on it. \`/readyz?verbose\` on the HTTP port shows
each component with its runbook to those who administrate.

\`ops/prometheus/alerts.yaml\` and \`ops/grafana/counterfoil.json\` are made from the same tables as this page, so a metric that is renamed is renamed
everywhere. Labels come from closed sets: an id, a person, a tenant or a text is never a label.

## Metrics

Gauges about the whole installation (what is open, in doubt, ready, not yet relayed) are read from the database at a scrape, at most once in
five seconds; every process shows the same, so take the maximum. What cannot be read is not a number.

| metric | type | labels | what it says |
| --- | --- | --- | --- |
${metricLines.join("\n")}

\`trace_failures_total\` and \`replay_divergences_total\` come from a patrol: once a minute each process that works draws one of the last 200 executions that
ended, verifies its chain and its row, and derives it again. It is a sample, not a proof.

## Alerts

| alert | fires when | reaches | what to do |
| --- | --- | --- | --- |
${alertLines.join("\n")}

These alerts do not exist, because the features that they would watch are not built: \`CheckpointStale\`, \`BreakGlassOpen\`, \`BreakGlassReviewOverdue\`, \`ToolDefinitionChanged\`,
\`SkillRejected\`, \`WebhookForgeries\`. \`RubberStamp\` measures how fast reviews come, not yet how many one person gives a day.

## Spans

With \`OTEL_EXPORTER_OTLP_ENDPOINT\` set, spans go there as OTLP over HTTP; without it no OpenTelemetry code is loaded. They are made from the appended
entries, each at its end: \`counterfoil.submit\`, \`.compile\`, \`.decide\`, \`.hold\`, \`.step\`, and \`execute_tool <contract>\` for each attempt. The trace of the
request continues through a hold of days into the process that runs the last step. A hold, a denial and a rejection are not errors; a
step in doubt is one. Attributes are ids, digests and fixed words, never an input. An unreachable collector loses spans, never work. Times of
\`compile\` and \`decide\` are points: how long they take is in the histograms. Probes, relays and replays have no spans yet.
`
