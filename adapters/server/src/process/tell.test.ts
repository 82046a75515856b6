// The log lines about an attempt that threw.

import { describe, expect, test } from "vitest"
import { ContractRef, ExecutionId, StepId } from "@counterfoil/contracts"
import { openLogger } from "../operate/telemetry/logger.ts"
import { openMetrics } from "../operate/telemetry/metrics.ts"
import { tellEvent } from "./tell.ts"

const executionId = ExecutionId.parse("exe_01m7yzh5xd58fhgmw4hg071q58")
const stepId = StepId.parse("stp_01m7yzh5xd58fhgmw4hg071q58")
const contract = ContractRef.parse("crm.note.append@1")
const fault = { name: "RangeError", code: "CRM_422", message: "CRM answered 422" }

describe("the log", () => {
  test.each([
    [
      "handler failed",
      { name: "attempt", effect: "natural", outcome: "unknown", ms: 3, executionId, stepId, contract, fault },
    ],
    ["probe failed", { name: "probed", outcome: "cannotTell", executionId, stepId, contract, fault }],
  ] as const)("names the execution, the step and the error: %s", (message, event) => {
    const lines: string[] = []
    const logger = openLogger({ write: (line: string) => lines.push(line) }, "warn")
    tellEvent(
      event,
      logger,
      openMetrics({ contract: [contract], route: [], component: [], subject: [], version: [] }),
    )
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      {
        level: "warn",
        msg: message,
        executionId,
        stepId,
        contract,
        errorName: "RangeError",
        errorCode: "CRM_422",
        errorMessage: "CRM answered 422",
      },
    ])
  })
})
