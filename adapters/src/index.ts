// The way into `adapters`, for tests that cross packages; the program itself starts in main.ts.

export { verifyBundle } from "./verifier/verify-bundle.ts"
export type { CheckAnswer, ReviewProof, TrustedKey, Verification } from "./verifier/verify-bundle.ts"
