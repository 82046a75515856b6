// The names of the principals that a list mentions.
// Does not own: who may read them. Agents and services may not, and see ids.

import { z } from "zod"
import { AnsweredProblem } from "../cli-error.ts"
import { type Names, noNames } from "../print/names.ts"
import type { Client } from "./client.ts"
import { readAnswer } from "./read-answer.ts"

const People = z.object({ items: z.array(z.object({ principal: z.string(), name: z.string() })) })

/** Every name in the tenant; empty for a caller that may not read them. */
export async function principalNames(client: Client): Promise<Names> {
  try {
    const { identityEndpoint } = await import("./identity-endpoint.ts")
    const { body } = await client.call(identityEndpoint("principal.list"), {})
    const { items } = readAnswer(People, body, "principal list")
    return new Map(items.map(({ principal, name }) => [principal, name]))
  } catch (cause) {
    if (cause instanceof AnsweredProblem && cause.problem.code === "GRANT_MISSING") return noNames
    throw cause
  }
}
