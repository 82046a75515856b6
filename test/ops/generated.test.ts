import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { stringify } from "yaml"
import {
  alertRules,
  alertTable,
  grafanaDashboard,
  metricPrefix,
  metricTable,
} from "@counterfoil/server/operate"
import { rootFolder } from "../architecture/source-tree.ts"
import { debianProgram } from "../support/debian-program.ts"
import { alertCases } from "./alert-cases.ts"
import { metricsPage } from "./metrics-page.ts"

const alertsFile = join(rootFolder, "ops", "prometheus", "alerts.yaml")
const dashboardFile = join(rootFolder, "ops", "grafana", "counterfoil.json")
const made = "# Made from adapters/server/src/operate/telemetry/alert-table.ts: npm run golden -- --update\n"

describe("the files of an operator follow from the tables in the code (npm run golden -- --update)", () => {
  test("alert rules", async () => {
    await expect(made + stringify(alertRules(), { lineWidth: 0 })).toMatchFileSnapshot(alertsFile)
  })

  test("dashboard", async () => {
    await expect(`${JSON.stringify(grafanaDashboard(), null, 2)}\n`).toMatchFileSnapshot(dashboardFile)
  })

  test("the page about them", async () => {
    await expect(metricsPage).toMatchFileSnapshot(join(rootFolder, "docs", "metrics.md"))
  })

  test.each([alertsFile, dashboardFile])("every metric that %s names exists", (file) => {
    const named = readFileSync(file, "utf8").match(/counterfoil_[a-z_]+/g) ?? []
    const known = new Set(
      Object.entries(metricTable).flatMap(([name, { type }]) =>
        (type === "histogram" ? ["_bucket", "_count", "_sum"] : [""]).map(
          (part) => `${metricPrefix}${name}${part}`,
        ),
      ),
    )
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  test.each(Object.entries(alertTable))("%s has a runbook", (_name, { runbook }) => {
    expect(existsSync(join(rootFolder, "docs", "runbooks", `${runbook}.md`))).toBe(true)
  })
})

const promtool = debianProgram("promtool", "prometheus")
// Elsewhere than in CI a machine without Prometheus, apt or network may go without; CI may not.
const mayLack = process.env["CI"] !== "true"

describe.skipIf(promtool === null && mayLack)("Prometheus itself reads the rules", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "counterfoil-rules-"))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const run = (...args: readonly string[]): string =>
    execFileSync(promtool ?? "promtool", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

  test("the rules are valid", () => {
    expect(run("check", "rules", alertsFile)).toContain(`${Object.keys(alertTable).length} rules found`)
  })

  test.each(Object.entries(alertCases))("%s fires when it has to, and else is quiet", (alertname, world) => {
    const caseOf = (series: Readonly<Record<string, string>>, fires: boolean): string => {
      const file = join(folder, `${alertname}-${fires}.yaml`)
      const seen = { eval_time: world.at, alertname, exp_alerts: [] }
      const tests = [
        {
          interval: "1m",
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: [seen],
        },
      ]
      writeFileSync(file, stringify({ rule_files: [alertsFile], evaluation_interval: "1m", tests }))
      return file
    }
    expect(run("test", "rules", caseOf(world.quiet, false))).toContain("SUCCESS")
    // The same expectation of silence must fail in the world where it fires.
    expect(() => run("test", "rules", caseOf(world.fires, true))).toThrow(`alertname="${alertname}"`)
  })
})
