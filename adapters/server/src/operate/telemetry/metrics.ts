// Counts and times with prom-client; label values come only from closed sets.
// Owns: every change of a metric. Does not own: the list of metrics (metric-table.ts), nor serving them (metrics-listener.ts).
// Keeps INV-13: a value outside its set is counted as `other`, so no id or text can become a label.

import { Counter, Gauge, Histogram, Registry } from "prom-client"
import {
  metricPrefix,
  metricTable,
  type InstallationLabels,
  type LabelsOf,
  type MetricName,
  type MetricRow,
  type NamesOf,
} from "./metric-table.ts"

/** Typed changes of metrics; names and labels come from the table. */
export interface Metrics {
  count<N extends NamesOf<"counter">>(name: N, labels: LabelsOf<N>, by?: number): void
  set<N extends NamesOf<"gauge">>(name: N, labels: LabelsOf<N>, value: number): void
  /** Durations in seconds; sizes in items. */
  observe<N extends NamesOf<"histogram">>(name: N, labels: LabelsOf<N>, value: number): void
  /** Runs `read` before each text, for numbers that are read, not counted. */
  beforeText(read: () => Promise<void>): void
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>
}

/** The media type of `Metrics.text`. */
export const metricsMediaType = Registry.PROMETHEUS_CONTENT_TYPE

/** Each bucket is about three times the one before. */
const buckets = {
  /** From 0.3 ms, a verdict, to an hour, a person's answer. */
  seconds: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_600],
  /** From one entry to the most that a commit takes. */
  items: [1, 3, 10, 30, 100, 300, 1_000, 3_000],
} as const
const other = "other"

/** The metrics of one process. */
export function openMetrics(installation: InstallationLabels): Metrics {
  const registry = new Registry()
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  const reads: (() => Promise<void>)[] = []
  for (const [name, row] of Object.entries<MetricRow>(metricTable)) {
    const made = {
      name: `${metricPrefix}${name}`,
      help: row.help,
      labelNames: Object.keys(row.labels),
      registers: [registry],
    }
    if (row.type === "counter") counters.set(name, new Counter(made))
    else if (row.type === "gauge") gauges.set(name, new Gauge(made))
    else histograms.set(name, new Histogram({ ...made, buckets: [...buckets[row.unit]] }))
  }
  const closed = (name: MetricName, given: object): Record<string, string> => {
    const row: MetricRow = metricTable[name]
    const chosen: ReadonlyMap<string, unknown> = new Map(Object.entries(given))
    return Object.fromEntries(
      Object.entries(row.labels).map(([label, values]) => {
        const value = chosen.get(label)
        const allowed: readonly string[] = typeof values === "string" ? installation[values] : values
        return [label, typeof value === "string" && allowed.includes(value) ? value : other]
      }),
    )
  }
  const kept = new Map<string, Series>()
  const seriesOf = (name: MetricName, given: object): Series => {
    // Values come from callers: joined, the values of two series could form the same key.
    const key = JSON.stringify([name, given])
    const known = kept.get(key)
    if (known !== undefined) return known
    const labels = closed(name, given)
    // Do not cache a value outside its set: there can be as many of them as there are ids.
    const keeps = !Object.values(labels).includes(other)
    const series = { name, labels, keeps, counted: 0 }
    if (keeps) kept.set(key, series)
    return series
  }
  const handOver = (series: Series): void => {
    counters.get(series.name)?.inc(series.labels, series.counted)
    series.counted = 0
  }
  for (const [name, row] of Object.entries<MetricRow>(metricTable))
    if (row.type === "counter")
      for (const labels of knownCombinations(row)) counters.get(name)?.inc(labels, 0)
  return {
    count: (name, labels, by = 1) => {
      const series = seriesOf(name, labels)
      series.counted += by
      if (!series.keeps) handOver(series)
    },
    set: (name, labels, value) => {
      gauges.get(name)?.set(seriesOf(name, labels).labels, value)
    },
    observe: (name, labels, value) => {
      histograms.get(name)?.observe(seriesOf(name, labels).labels, value)
    },
    beforeText: (read) => {
      reads.push(read)
    },
    text: async () => {
      await Promise.all(reads.map((read) => read()))
      for (const series of kept.values()) if (series.counted > 0) handOver(series)
      return await registry.metrics()
    },
  }
}

/**
 * One metric with one combination of labels. Counters are kept here until the next read: prom-client finds a series by
 * the text of all its labels, which would be too slow for every entry of every trace.
 */
interface Series {
  readonly name: MetricName
  readonly labels: Record<string, string>
  readonly keeps: boolean
  counted: number
}

/** A counter with at most this many series starts them all at 0: `increase` does not see the step from a missing series to one. */
const startedMax = 16

/** Every combination of labels of a small counter whose label sets are in the table; empty for a larger one. */
function knownCombinations({ labels }: MetricRow): readonly Record<string, string>[] {
  let combinations: readonly Record<string, string>[] = [{}]
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values === "string") return []
    combinations = combinations.flatMap((each) => values.map((value) => ({ ...each, [label]: value })))
    if (combinations.length > startedMax) return []
  }
  return combinations
}
