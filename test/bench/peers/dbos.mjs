// DBOS Transact as its documents show it: a workflow of three trivial steps on PostgreSQL, called in the process.
// Owns: that workflow. Does not own: how many are called at once (against/serve-side.ts).
// `argv[2]` is where its system database is; `argv[3]` how many connections it keeps.

import { DBOS } from "@dbos-inc/dbos-sdk"
import { keepInFlight } from "../against/keep-in-flight.ts"
import { serveSide } from "../against/serve-side.ts"

const [, , url, connections] = process.argv
const step = async ({ text, count }) => ({ text, count: count + 1 })

const three = DBOS.registerWorkflow(
  async (given) => {
    const first = await DBOS.runStep(() => step(given), { name: "first" })
    const second = await DBOS.runStep(() => step(first), { name: "second" })
    return DBOS.runStep(() => step(second), { name: "third" })
  },
  { name: "three" },
)
DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: url,
  systemDatabasePoolSize: Number(connections),
  logLevel: "error",
  runAdminServer: false,
})
await DBOS.launch()

serveSide({
  ready: {},
  answers: {
    run: (load) =>
      keepInFlight(load, async (at) => {
        const { count } = await three({ text: "something to do", count: at })
        if (count !== at + 3) throw new Error(`asked with ${at}, answered ${count}`)
      }),
  },
  close: () => DBOS.shutdown(),
})
