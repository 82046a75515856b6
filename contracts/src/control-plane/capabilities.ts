// The capabilities of the control plane itself.
// Owns: their names and what each requires. Does not own: which contract needs which (each contract says so).

import { defineCapability } from "../define/define.ts"

const capability = (
  name: string,
  title: string,
  goal: string,
  context: string,
  requires: readonly string[],
) =>
  defineCapability({
    name,
    requires,
    meta: {
      title,
      goal,
      context,
      owners: ["platform-security"],
      tags: ["control-plane"],
      stability: "stable",
    },
  })

/** Submit intents and follow them. */
export const core = capability(
  "control-plane.core",
  "Submit and follow",
  "Submit intents and follow what becomes of them.",
  "Every agent, service and person that asks for work needs it; it gives no right to decide.",
  [],
)
/** Decide held steps and settle those in doubt. */
export const approval = capability(
  "control-plane.approval",
  "Decide held steps",
  "Answer approval requests and settle steps in doubt.",
  "For people with a reviewing role; a grant of it to an agent has no effect, since agents never review.",
  ["control-plane.core"],
)
/** Read traces, explain verdicts, export evidence. */
const audit = capability(
  "control-plane.audit",
  "Prove what happened",
  "Read traces, explain verdicts and export evidence.",
  "For auditors and for callers who want to know in advance what policy will say.",
  ["control-plane.core"],
)
/** Follow single steps as they run. */
const channelRuntime = capability(
  "control-plane.channel-runtime",
  "Run steps",
  "Follow the steps of executions as they run.",
  "Held by channel adapters and workers; its contracts are the events of single steps.",
  ["control-plane.core", "control-plane.audit"],
)
/** Change policy, grants and principals. */
export const governance = capability(
  "control-plane.governance",
  "Govern the installation",
  "Change policy, grants and principals, each through the gate.",
  "For owners and administrators; every use is an execution with a trace of its own.",
  ["control-plane.core", "control-plane.audit"],
)

/** Every capability of the control plane. */
export const controlPlaneCapabilities = [core, approval, audit, channelRuntime, governance] as const
