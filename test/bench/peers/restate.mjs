// The service that Restate calls: three trivial steps, each kept in its journal.
// Owns: the service and its address. Does not own: the server (against/restate.ts), nor who asks.

import * as restate from "@restatedev/restate-sdk"
import { serveSide } from "../against/serve-side.ts"

const step = async ({ text, count }) => ({ text, count: count + 1 })

const three = restate.service({
  name: "three",
  handlers: {
    run: async (context, given) => {
      const first = await context.run("first", () => step(given))
      const second = await context.run("second", () => step(first))
      return context.run("third", () => step(second))
    },
  },
})
const port = await restate.serve({ services: [three], port: 0 })

serveSide({ ready: { url: `http://127.0.0.1:${port}` }, answers: {}, close: async () => process.exit(0) })
