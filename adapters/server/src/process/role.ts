// What one process of an installation is for.
// Owns: the four roles and what each takes on. Does not own: starting any of it (wire.ts).

/** The roles of `counterfoil serve --role`; `all` is one process that does everything. */
export const roles = ["all", "api", "worker", "relay"] as const
/** A role. */
export type Role = (typeof roles)[number]

/** Whether a process of this role takes calls from outside: HTTP, and NATS where there is one. */
export const answersCalls = (role: Role): boolean => role === "all" || role === "api"

/** Whether a process of this role claims executions and advances them. */
export const doesWork = (role: Role): boolean => role === "all" || role === "worker"

/** Whether a process of this role publishes events; of all that may, one does. */
export const relaysEvents = (role: Role): boolean => role === "all" || role === "relay"

/** Whether a process of this role sends callbacks; all that may, do. */
export const sendsCallbacks = (role: Role): boolean => role === "all" || role === "relay"

/** Whether a process of this role takes durable submissions to the gate. */
export const takesSubmissions = (role: Role): boolean => role !== "worker"
