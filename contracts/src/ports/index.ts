// The ports: what the core needs of the world, as interfaces.

export { BusUnavailable } from "./bus.ts"
export type { Bus, BusEvent, StreamEnd, Submission, SubmitRequest } from "./bus.ts"
export { quarantineLimits } from "./bus-records.ts"
export type {
  LoggedAppend,
  Quarantine,
  QuarantineDropped,
  QuarantineItem,
  QuarantineLimits,
  QuarantinePage,
  QuarantineReason,
  QuarantineRoom,
  QuarantineRow,
  RelayCursor,
  RelayLag,
  RelayLog,
  RelayTurn,
} from "./bus-records.ts"
export type { CallbackDelivery, CallbackQueue, CallbackRoom, CallbackSend } from "./callbacks.ts"
export type { ContractLocks, LockInForce } from "./contract-locks.ts"
export type { Clock, Random } from "./clock.ts"
export type { Directory, PrincipalRow, ReviewKeyRow, RoleGrant, TokenRow } from "./directory.ts"
export type { AttemptAnswer, Handler, HandlerAnswer, HandlerCall, ProbeAnswer } from "./handler.ts"
export type { LiveStore, LiveTrace } from "./live-store.ts"
export { cannotTell, implement, notSent, rejected, succeeded, unknown } from "./implement.ts"
export type { RunAnswer, Found, Probe, Run } from "./implement.ts"
export type { Policies, TallyReviews } from "./policies.ts"
export { isWithin } from "./reach.ts"
export type { ExecutionSet, OwnedExecution, Reach } from "./reach.ts"
export {
  everyApproval,
  everyExecution,
  everyRow,
  firstsPerClaim,
  OutcomeUnknown,
  StoreUnavailable,
} from "./store.ts"
export type {
  ActivePolicy,
  Append,
  AppendAnswer,
  ApprovalFilter,
  SameAsk,
  ApprovalRow,
  BlobRow,
  Claim,
  Doorbell,
  Erased,
  ExecutionFilter,
  ExecutionRow,
  Governing,
  InboxRow,
  LockedDecision,
  LockedExecution,
  Page,
  PolicyChange,
  Position,
  ReachedEntry,
  SequencedEntry,
  Standing,
  TraceStore,
} from "./store.ts"
