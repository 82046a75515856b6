// The lines of a bundle: the form of each type, the order of the types, and the bounds of a file.
// Does not own: what lines say of one another (read-lines.ts).

import { timeForm } from "./times.ts"
import { anything, fields, listOf, nullOr, oneOf, text, whole, type Form } from "./forms.ts"

/** Most bytes of a file, and of a line of it; most lines. */
export const fileBytesMax = 256 * 1024 * 1024
export const lineBytesMax = 8 * 1024 * 1024
export const linesMax = 500_000

/** The types in the order of a file. */
export const lineTypes = ["header", "entry", "blob", "envelope", "key", "engine", "trailer"] as const
export type LineType = (typeof lineTypes)[number]

/** What a blob can be: a contract's document, or the texts and the mode map of a policy set. */
export const contractType = "application/vnd.counterfoil.contract+json"
export const policyType = "application/vnd.counterfoil.policy-source+json"

const id = (prefix: string): Form => text(new RegExp(`^${prefix}_[0-9abcdefghjkmnpqrstvwxyz]{26}$`))
const slug = text(/^[a-z][a-z0-9-]{1,30}$/)
const time = text(timeForm)
const digest = text(/^sha256:[0-9a-f]{64}$/)
const base64 = text(/^[A-Za-z0-9+/]*={0,2}$/)
const keyId = text(/^[0-9a-f]{64}$/)
const line = (max: number): Form => text(/^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$/, max, 1)
const principal = text(/^((hum|svc|agt|tol)_[0-9abcdefghjkmnpqrstvwxyz]{26}|counterfoil\.[a-z]{3,20})$/)
const capability = text(/^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9-]*)+$/, 80)
const contract = text(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*){1,5}@(0|[1-9]\d{0,4})$/, 128)
const type = (name: LineType): Form => oneOf(name)

const head = fields({
  v: oneOf(1),
  environment: slug,
  tenant: slug,
  executionId: id("exe"),
  seq: whole(1),
  kind: contract,
  kindDigest: digest,
  time,
  fence: whole(0),
  principal: fields({ id: principal, kind: oneOf("human", "service", "agent", "tool") }),
  onBehalfOf: nullOr(principal),
  session: nullOr(id("ses")),
  capabilitySource: nullOr(fields({ capability, grantId: id("grn"), source: text(/^/) })),
  breakGlassId: nullOr(id("bgl")),
  payloadDigest: digest,
  traceparent: nullOr(text(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)),
})

/** A DSSE envelope with one signature. */
export const signedReview = fields({
  payloadType: oneOf("application/vnd.counterfoil.review+json"),
  payload: text(/^[A-Za-z0-9+/]*={0,2}$/, 64 * 1024),
  signatures: listOf(fields({ keyid: keyId, sig: text(/^[A-Za-z0-9+/]*={0,2}$/, 200) }), 1, 1),
})

/** What a reviewer's key signs. */
export const signedPayload = fields(
  {
    format: oneOf("counterfoil.review/1"),
    decision: oneOf("approve", "reject", "withdraw"),
    human: id("hum"),
    method: oneOf("ed25519"),
    origin: text(/^/, 300, 1),
    at: time,
    reasonDigest: nullOr(digest),
    items: listOf(fields({ approvalDigest: digest, planDigest: digest, previewDigest: digest }), 20, 1),
  },
  {
    reasonCode: oneOf(
      "wrongTarget",
      "wrongAmount",
      "notNeeded",
      "tooRisky",
      "notAuthorised",
      "unclear",
      "other",
    ),
  },
)

/** The form of each type of line. */
export const lineForms: { readonly [T in LineType]: Form } = {
  header: fields({
    type: type("header"),
    format: oneOf("counterfoil.bundle/1"),
    bundleId: id("bun"),
    environment: slug,
    tenant: slug,
    executionId: id("exe"),
    head: fields({ seq: whole(0), hash: digest }),
    createdAt: time,
    createdBy: line(120),
    include: fields({ payloads: oneOf("all", "none") }),
    completeness: fields({
      kind: oneOf("full", "proofOnly"),
      reasons: listOf(oneOf("payloadsOmitted", "payloadsErased")),
    }),
  }),
  entry: fields({
    type: type("entry"),
    head,
    hash: digest,
    payloadState: oneOf("present", "omitted", "erased"),
    payload: anything,
  }),
  blob: fields({ type: type("blob"), digest, mediaType: line(120) }, { text: text(/^/), base64 }),
  envelope: fields({
    type: type("envelope"),
    seq: whole(1),
    approvalId: id("apr"),
    reviewId: id("rev"),
    envelope: signedReview,
  }),
  key: fields({
    type: type("key"),
    keyId,
    human: id("hum"),
    spki: base64,
    enrolledAt: time,
    revokedAt: nullOr(time),
  }),
  engine: fields({ type: type("engine"), name: oneOf("cedar-wasm"), version: line(64), digest }),
  trailer: fields({ type: type("trailer"), lines: whole(2), digest }),
}

const mode = oneOf("autonomous", "assist", "blocked")
const held = oneOf("assist", "blocked")

/** The texts of all layers with the mode map, as a policy set is made from them. */
export const policySource = fields({
  texts: listOf(
    fields({
      layer: oneOf("base", "organisation", "tenant", "skill", "freeze"),
      name: text(/^/, 120, 1),
      text: text(/^/, 64 * 1024),
    }),
  ),
  modeMap: fields({
    format: oneOf("counterfoil.mode-map/1"),
    default: fields({ low: mode, medium: held, high: held }),
    overrides: listOf(
      fields(
        {},
        {
          environment: slug,
          channel: oneOf("nats", "http", "mcp", "cli", "console", "slack", "github", "whatsapp", "telegram"),
          low: mode,
          medium: held,
          high: held,
        },
      ),
      50,
    ),
    exceptions: listOf(
      fields({
        contract,
        medium: oneOf("autonomous"),
        owner: text(/^/, Number.MAX_SAFE_INTEGER, 1),
        reason: text(/^/, 200, 10),
        expires: time,
      }),
      50,
    ),
  }),
})
