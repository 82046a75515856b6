// One well-formed request for every route, so that what is answered says who may, and not what was wrong with the input.
// Owns: the requests, by route. A route without one fails the test that reads this table.

import { generateKeyPairSync } from "node:crypto"
import { addMs, type Json, type Time } from "@counterfoil/contracts"
import { draftOf, named } from "../support/asking.ts"
import { effectRef } from "../support/effect-handlers.ts"
import type { State, Subjects } from "./subjects.ts"

/** What a request is made from: the caller's own subjects, and rows of the directory that it may end. */
export interface Given {
  readonly name: string
  readonly subjects: Subjects
  readonly bystander: string
  readonly principal: string
  readonly grant: string
  readonly session: string
  readonly keyId: string
  readonly now: Time
}

/** A request: the path below the server, and the body of a POST. */
export interface Asked {
  readonly path: string
  readonly body?: Json
}

const one = { label: "asked", point: "none" }
const as = { draft: draftOf([{ key: "act", contract: effectRef("pure"), input: one }]) }
const reason = "for the permission matrix"

const at = (given: Given, state: State) => given.subjects.of[state]
const path = (given: Given, state: State, rest = "") =>
  `/v1/executions/${at(given, state).executionId}${rest}`
const acted = (given: Given, state: State) => at(given, state).steps?.[0]

/** Every route but those of health, by method and template. */
export const requests: { readonly [route: string]: (given: Given) => Asked } = {
  "POST /v1/intents": ({ name }) => ({ path: "/v1/intents", body: { key: `matrix-${name}`, as } }),
  "POST /v1/plans/compile": () => ({ path: "/v1/plans/compile", body: { as } }),
  "POST /v1/plans/verify": () => ({ path: "/v1/plans/verify", body: { as } }),
  "POST /v1/policy/explain": () => ({
    path: "/v1/policy/explain",
    body: { of: { contract: effectRef("pure"), input: one } },
  }),
  "POST /v1/policy/activate": ({ name }) => ({
    path: "/v1/policy/activate",
    body: { key: `activate-${name}`, layer: "freeze", policyTexts: [], reason },
  }),
  "POST /v1/grants/give": ({ name, bystander, now }) => ({
    path: "/v1/grants/give",
    body: {
      key: `give-${name}`,
      principal: bystander,
      principalKind: "agent",
      capability: "control-plane.core",
      scope: { level: "own" },
      expiresAt: addMs(now, 3_600_000),
      reason,
    },
  }),
  "POST /v1/grants/revoke": ({ name, grant }) => ({
    path: "/v1/grants/revoke",
    body: { key: `revoke-${name}`, grantId: grant, reason },
  }),
  "POST /v1/principals/add": ({ name }) => ({
    path: "/v1/principals/add",
    body: { key: `add-${name}`, kind: "agent", name: `added by ${name}`, reason },
  }),
  "POST /v1/executions/:executionId/start": (given) => ({
    path: path(given, "planned", "/start"),
    body: { key: "start", planDigest: at(given, "planned").planDigest ?? "" },
  }),
  "POST /v1/executions/:executionId/pause": (given) => ({
    path: path(given, "running", "/pause"),
    body: { key: "pause", reason },
  }),
  "POST /v1/executions/:executionId/resume": (given) => ({
    path: path(given, "paused", "/resume"),
    body: { key: "resume", reason },
  }),
  "POST /v1/executions/:executionId/cancel": (given) => ({
    path: path(given, "running", "/cancel"),
    body: { key: "cancel", reason },
  }),
  "POST /v1/executions/:executionId/retry": (given) => ({
    path: path(given, "failed", "/retry"),
    body: { key: "retry", stepId: acted(given, "failed")?.stepId ?? "", reason },
  }),
  "POST /v1/executions/:executionId/resolve": (given) => ({
    path: path(given, "inDoubt", "/resolve"),
    body: {
      key: "resolve",
      stepId: acted(given, "inDoubt")?.stepId ?? "",
      generation: 0,
      attempt: acted(given, "inDoubt")?.attempt ?? 1,
      outcome: "didNotHappen",
      next: "fail",
      evidence: [{ kind: "statement", ref: "the ledger of the tests" }],
      reason: "the ledger was read line by line",
    },
  }),
  "POST /v1/approvals/approve": ({ subjects }) => ({
    path: "/v1/approvals/approve",
    body: { key: "yes", items: subjects.requests.held.map(named) },
  }),
  "POST /v1/approvals/reject": ({ subjects }) => ({
    path: "/v1/approvals/reject",
    body: { key: "no", items: subjects.requests.rejectable.map(named), reason, reasonCode: "other" },
  }),
  "GET /v1/executions/:executionId": (given) => ({ path: path(given, "completed") }),
  "GET /v1/executions/:executionId/trace": (given) => ({ path: path(given, "completed", "/trace") }),
  "GET /v1/executions/:executionId/stream": (given) => ({ path: path(given, "completed", "/stream") }),
  "POST /v1/executions/:executionId/evidence": (given) => ({
    path: path(given, "completed", "/evidence"),
    body: {},
  }),
  "GET /v1/executions": () => ({ path: "/v1/executions?limit=1" }),
  "GET /v1/approvals": () => ({ path: "/v1/approvals?limit=1" }),
  "GET /v1/quarantine": () => ({ path: "/v1/quarantine?limit=1" }),
  "GET /v1/contracts": () => ({ path: "/v1/contracts?limit=1" }),
  "GET /v1/contracts/drift": () => ({ path: "/v1/contracts/drift?limit=1" }),
  "POST /v1/contracts/adopt": ({ name }) => ({
    path: "/v1/contracts/adopt",
    body: { key: `adopt-${name}`, from: noDigest, to: noDigest },
  }),
  "GET /v1/stream": () => ({ path: "/v1/stream" }),
  "GET /v1/openapi.json": () => ({ path: "/v1/openapi.json" }),
  "GET /v1/contracts/:contract": () => ({ path: "/v1/contracts/controlPlane.execution.completed@1" }),
  "GET /v1/contracts.lock.json": () => ({ path: "/v1/contracts.lock.json" }),
  "GET /v1/whoami": () => ({ path: "/v1/whoami" }),
  "GET /v1/principals": () => ({ path: "/v1/principals" }),
  "GET /v1/grants": () => ({ path: "/v1/grants" }),
  "GET /v1/tokens": () => ({ path: "/v1/tokens" }),
  "POST /v1/tokens": () => ({ path: "/v1/tokens", body: { label: "matrix", days: 1 } }),
  "POST /v1/tokens/:session/revoke": ({ session }) => ({ path: `/v1/tokens/${session}/revoke`, body: {} }),
  "POST /v1/sign-ins": ({ principal }) => ({ path: "/v1/sign-ins", body: { principal } }),
  "POST /v1/sign-ins/exchange": () => ({ path: "/v1/sign-ins/exchange", body: {} }),
  "POST /v1/policy/read": () => ({ path: "/v1/policy/read", body: {} }),
  "GET /v1/review-keys": () => ({ path: "/v1/review-keys" }),
  "POST /v1/review-keys": () => ({ path: "/v1/review-keys", body: { spki: newSpki() } }),
  "POST /v1/review-keys/:keyId/revoke": ({ keyId }) => ({
    path: `/v1/review-keys/${keyId}/revoke`,
    body: {},
  }),
  "POST /v1/traces/erase": (given) => ({
    path: "/v1/traces/erase",
    body: {
      key: `erase-${given.name}`,
      executionId: at(given, "completed").executionId,
      reason,
      legalBasis: "GDPR article 17",
    },
  }),
  "POST /v1/principals/disable": ({ name, principal }) => ({
    path: "/v1/principals/disable",
    body: { key: `disable-${name}`, principalId: principal, reason },
  }),
  "POST /v1/principals/enable": ({ name, principal }) => ({
    path: "/v1/principals/enable",
    body: { key: `enable-${name}`, principalId: principal, reason },
  }),
  "GET /livez": () => ({ path: "/livez" }),
  "GET /readyz": () => ({ path: "/readyz" }),
  "GET /readyz?verbose": () => ({ path: "/readyz?verbose" }),
}

const noDigest = `sha256:${"0".repeat(64)}`

const newSpki = () =>
  generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).toString("base64")
