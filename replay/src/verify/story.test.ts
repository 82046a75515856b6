import {
  isObject,
  controlPlaneEvents,
  examplesOf,
  factOf,
  StepId,
  type EntryKind,
} from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { sampleTrace } from "../../test/sample-trace.ts"
import { storyAfter, type Story } from "./story.ts"
import { noRuns, runsAfter } from "./verify-start.ts"

const [{ head, hash }] = sampleTrace()
const { environment, tenant, executionId, principal } = head
/** Enough that a copy for each entry takes longer than the test may. */
const count = 30_000
const stepIds = Array.from({ length: count }, (_, i) =>
  StepId.parse(`stp_01kaz3v8g0e8r4n2t6w${i.toString().padStart(7, "0")}`),
)

/** The first example of a kind of event, as a fact. */
function sampleOf(kind: EntryKind) {
  const event = controlPlaneEvents.find(({ ref }) => ref === kind)
  const value = event === undefined ? undefined : examplesOf(event)[0]?.value
  return isObject(value) ? factOf(kind, value) : null
}

describe("a trace of many steps", () => {
  test("is carried on without a copy of what it said so far for each entry", { timeout: 10_000 }, () => {
    const decided = sampleOf("controlPlane.policy.decided@1")
    const started = sampleOf("controlPlane.execution.step.started@1")
    if (decided?.kind !== "controlPlane.policy.decided@1") throw new Error("no verdict")
    if (started?.kind !== "controlPlane.execution.step.started@1") throw new Error("no start")
    let story: Story = {
      environment,
      tenant,
      executionId,
      requester: principal.id,
      onBehalfOf: null,
      chain: [],
      startsByItself: true,
      plan: null,
      verdicts: new Map(),
      requests: new Map(),
      lastOf: new Map(),
      nonces: new Set(),
    }
    let runs = noRuns()
    for (const stepId of stepIds) {
      story = storyAfter(
        story,
        { head, hash, fact: { ...decided, payload: { ...decided.payload, stepId } } },
        [],
      )
      runs = runsAfter(runs, { fact: { ...started, payload: { ...started.payload, stepId } } })
    }
    expect([story.verdicts.size, runs.steps.size]).toEqual([count, count])
  })
})
