// Which routes a command of the program asks, as it says itself with --verbose.
// Owns: running it and reading that. Does not own: the commands' arguments (commands.ts).

import { runProgram } from "../support/program.ts"

/** Where the command runs and as whom. */
export interface CommandWorld {
  readonly url: string
  readonly token: string
  readonly home: string
  /** Every route, by method and template. */
  readonly routes: readonly string[]
}

/** The routes in the order of asking, each once. One that the world does not list is named as it was asked. */
export async function askedRoutes(world: CommandWorld, words: readonly string[]): Promise<readonly string[]> {
  const program = runProgram([...words, "--verbose", "--no-input"], world.home, {
    COUNTERFOIL_URL: world.url,
    COUNTERFOIL_TOKEN: world.token,
  })
  await program.ended
  const asked = program.printed().matchAll(/^(GET|POST) http:\/\/[^/]+(\/[^?\s]*)/gm)
  const found = [...asked].map(([, method, path]) => {
    const place = `${method} ${path}`
    return world.routes.find((route) => formOf(route).test(place)) ?? place
  })
  // After the last POST a command only follows its own request to the end.
  const last = found.findLastIndex((route) => route.startsWith("POST"))
  return [...new Set(last < 0 ? found : found.slice(0, last + 1))]
}

/** Requests that a route covers. */
const formOf = (route: string): RegExp => new RegExp(`^${route.replaceAll(/:[A-Za-z]+/g, "[^/]+")}$`)
