// The way into the agent SDK, `@counterfoil/sdk`: everything that an agent's program needs, and no code of the server.

export { counterfoil } from "./agent.ts"
export type { Agent, AgentSettings, WaitOptions } from "./agent.ts"
export type { AgentContract, AgentContracts } from "./agent-contracts.ts"
export type { AgentTool, ToolOptions, ToolResult } from "./as-tool.ts"
export type { Forecast } from "./forecast.ts"
export type { Advice } from "./refusal-advice.ts"
export type { SubmitOptions } from "./submission.ts"
export { Unreachable } from "./unreachable.ts"
export { verifyCallback } from "./verify-callback.ts"
export type { CallbackHeaders } from "./verify-callback.ts"
export { natsAddress } from "./nats-address.ts"
export type { NatsAddress } from "./nats-address.ts"
