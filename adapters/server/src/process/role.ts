// The roles of the processes of an installation.
// Owns: the four roles and what each does. Does not own: starting the parts (wire.ts).

/** The roles of `counterfoil serve --role`; `all` is one process that does everything. */
export const roles = ["all", "api", "worker", "relay"] as const
/** A role. */
export type Role = (typeof roles)[number]

/** Whether a process of this role takes calls from outside: over HTTP, and over NATS where it is configured. */
export const answersCalls = (role: Role): boolean => role === "all" || role === "api"

/** Whether a process of this role claims executions and advances them. */
export const doesWork = (role: Role): boolean => role === "all" || role === "worker"

/** Whether a process of this role may publish events; one process at a time does. */
export const relaysEvents = (role: Role): boolean => role === "all" || role === "relay"

/** Whether a process of this role sends callbacks; every such process does. */
export const sendsCallbacks = (role: Role): boolean => role === "all" || role === "relay"

/** Whether a process of this role passes durable submissions to the gate. */
export const takesSubmissions = (role: Role): boolean => role !== "worker"
