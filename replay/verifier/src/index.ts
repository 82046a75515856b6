// The way into `replay/verifier/src`.

export { addMs, contractDigestsOf } from "./formulas.ts"
export { budgetOf, testPattern } from "./patterns.ts"
export { misfit } from "./schema.ts"
export { bytesOfBase64, readLines } from "./read-lines.ts"
export type { Entry } from "./read-lines.ts"
export { verifyBundle } from "./verify-bundle.ts"
export type { Derived, Head, TrustedKey, Verification, VerificationResult } from "./verify-bundle.ts"
