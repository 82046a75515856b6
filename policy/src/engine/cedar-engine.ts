// What we use of Cedar: the calls of one instance, and the way to get a fresh one.
// Owns: the interface that the adapter is written against, so that tests can put a broken engine behind it.
// Does not own: the wasm (wasm-engine.ts), nor what an answer means (decide/).

import type {
  AuthorizationAnswer,
  CheckParseAnswer,
  PolicyJson,
  PolicySet as CedarPolicies,
  PolicyToJsonAnswer,
  PolicyToTextAnswer,
  SchemaJson,
  StatefulAuthorizationCall,
  ValidationAnswer,
} from "@cedar-policy/cedar-wasm/nodejs"
import type { Digest } from "@counterfoil/contracts"

/** One instance of the engine. Any call may throw; after a throw the instance is never used again. */
export interface CedarInstance {
  preparsePolicySet(id: string, policies: CedarPolicies): CheckParseAnswer
  preparseSchema(name: string, schema: SchemaJson<string>): CheckParseAnswer
  statefulIsAuthorized(call: StatefulAuthorizationCall): AuthorizationAnswer
  validate(schema: SchemaJson<string>, policies: CedarPolicies): ValidationAnswer
  policyToJson(text: string): PolicyToJsonAnswer
  policyToText(policy: PolicyJson): PolicyToTextAnswer
}

/** Where instances come from. `digest` is the SHA-256 of the engine's bytes: what a verdict records. */
export interface CedarEngine {
  readonly name: "cedar-wasm"
  readonly version: string
  readonly digest: Digest
  open(): CedarInstance
}
