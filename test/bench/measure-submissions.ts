// Executions a second with the whole record, and how long one alone takes.
// Owns: these figures. Does not own: submitting (submitters.ts), nor checking what was written (check-database.ts).

import type { Installation } from "./installation.ts"
import type { Measure } from "./measure.ts"
import { quantile } from "./statistics.ts"
import { inProcess, overHttp, runSubmitters } from "./submitters.ts"

/** The number of executions for each number of submitters. */
export type Counts = readonly (readonly [inFlight: number, executions: number])[]

/** Through the gate of this process, at each number of submitters. */
export const submissionsInProcess = (installation: Installation, counts: Counts): readonly Measure[] =>
  counts.map(([inFlight, count]) => async () => {
    const cpu = process.cpuUsage()
    const { perSecond, latenciesMs } = await runSubmitters(inProcess(installation), { inFlight, count })
    const { user, system } = process.cpuUsage(cpu)
    return [
      { figure: `executions, ${inFlight} in flight`, unit: "/s", value: perSecond },
      ...(inFlight === 1
        ? [
            { figure: "one alone, p50", unit: "ms", value: quantile(latenciesMs, 0.5) },
            { figure: "one alone, p95", unit: "ms", value: quantile(latenciesMs, 0.95) },
          ]
        : []),
      {
        figure: `processor time, ${inFlight} in flight`,
        unit: "µs an execution",
        value: (user + system) / count,
      },
    ]
  })

/** Over HTTP, client and server in one process. */
export const submissionsOverHttp =
  (installation: Installation, inFlight: number, count: number): Measure =>
  async () => {
    const http = overHttp(installation.plane.url, [installation.token])
    const { perSecond } = await runSubmitters(http.submit, { inFlight, count }).finally(() => http.close())
    return [{ figure: `executions over HTTP, ${inFlight} in flight`, unit: "/s", value: perSecond }]
  }
