// The way into `replay`: was a trace altered, and would the same rules decide the same again?

export { entriesOf } from "./bundle/bundle.ts"
export type { Bundle } from "./bundle/bundle.ts"
export { readBundle } from "./bundle/read-bundle.ts"
export type { BundleProblem } from "./bundle/read-bundle.ts"
export { writeBundle } from "./bundle/write-bundle.ts"
export type { BundleContents, WrittenBundle } from "./bundle/write-bundle.ts"
export type { SignatureKit, TrustedKey } from "./verify/verify-approval.ts"
export { verifyEvidence, verifyStored } from "./verify/verify-evidence.ts"
export type { Evidence, KeptBeside } from "./verify/verify-evidence.ts"
export { contractsByDigest, modeMapDigestOf } from "./verify/verify-texts.ts"
export type { NamedContract } from "./verify/verify-texts.ts"
export { entryLimits, expectNothing, verifyTrace } from "./verify/verify-trace.ts"
export type { TraceExpectations, TraceFault, VerifiedTrace } from "./verify/verify-trace.ts"
export { explainReport } from "./rederive/explain-report.ts"
export { recordedPolicies } from "./rederive/recorded-policies.ts"
export { openReplay, rederive } from "./rederive/rederive.ts"
export type { Replay, ReplayKit } from "./rederive/rederive.ts"
export type {
  Divergence,
  ReplayReport,
  ReplayStage,
  StageResult,
  Unverifiable,
  UnverifiableReason,
} from "./rederive/report.ts"
