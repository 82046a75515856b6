// The client over HTTP, in its own process and the same for both sides: JSON over kept connections, answered with the result.
// Owns: the two forms of asking. Does not own: what answers. `argv`: whom, where, and our callers' tokens.

import { invariant } from "@counterfoil/contracts"
import { openPosts, overHttp, runSubmitters } from "../submitters.ts"
import { keepInFlight, runOf, type Load } from "./keep-in-flight.ts"
import { serveSide } from "./serve-side.ts"

const [whom, url, ...tokens] = process.argv.slice(2)
invariant(url !== undefined, "INV-14", { url: "missing" })

const ours = overHttp(url, tokens)
const posts = openPosts(url)

const askUs = async (load: Load) => {
  const { perSecond, latenciesMs } = await runSubmitters(ours.submit, load)
  return runOf(perSecond, latenciesMs)
}

const askRestate = (load: Load) =>
  keepInFlight(load, async (at) => {
    const answer = await posts.send("/three/run", { text: "something to do", count: at })
    const count: unknown =
      typeof answer === "object" && answer !== null && "count" in answer ? answer.count : null
    invariant(count === at + 3, "INV-14", { asked: at, answered: JSON.stringify(answer) })
  })

serveSide({
  ready: {},
  answers: { run: whom === "restate" ? askRestate : askUs },
  close: async () => {
    ours.close()
    posts.close()
  },
})
