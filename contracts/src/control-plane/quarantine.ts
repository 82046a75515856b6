// Messages that did not become an intent: how their sender and an operator learn of them.
// Owns: quarantine.list. Does not own: when a message is quarantined (adapters/bus), nor its body, which no caller sees.

import { z } from "zod"
import { Problem } from "../errors/problem.ts"
import { PrincipalId, Time, text } from "../primitives.ts"
import { declareQuery } from "../define/define.ts"
import { pageFields, pageInput } from "./answers.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf } from "./meta.ts"

const QuarantineReason = z.enum(["unreadable", "refused", "poison"])

export const quarantineList = declareQuery({
  name: "controlPlane.quarantine.list",
  version: "1.2.0",
  path: "read",
  capability: "control-plane.core",
  meta: metaOf("intent", {
    title: "List quarantined messages",
    goal: "Know which durable submissions did not become an intent, and why.",
    context:
      "Newest first, kept for 7 days. Senders see their own; a refused message has the problem that a call is answered with. Of too many, the oldest are dropped and counted.",
  }),
  input: z.strictObject({ ...pageInput }),
  output: z.strictObject({
    items: z.array(
      z.strictObject({
        messageId: text(200),
        reason: QuarantineReason,
        principal: PrincipalId.optional(),
        key: text(200).optional(),
        problem: Problem.optional(),
        deliveries: z.int().min(1),
        bodyBytes: z.int().min(0),
        at: Time,
      }),
    ),
    /** Counts of messages that were dropped or never stored because the caller's or the tenant's limit was reached. */
    dropped: z.strictObject({ count: z.int().min(1), firstAt: Time, lastAt: Time }).optional(),
    ...pageFields,
  }),
  errors: ["CURSOR_INVALID"],
  http: { method: "GET", path: "/quarantine" },
  examples: [
    { title: "the newest", input: { limit: 20 }, output: answerExamples["quarantine.list"] },
    { title: "nothing", input: { limit: 0 }, fails: "/limit" },
  ],
})
