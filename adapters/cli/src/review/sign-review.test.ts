import { createPublicKey, generateKeyPairSync, sign } from "node:crypto"
import { chmodSync, mkdtempSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type SignedReview,
  Environment,
  HumanId,
  PrincipalId,
  SessionId,
  TenantId,
  Time,
  addMs,
  Digest,
  type ApprovalItem,
  type SignedReviewPayload,
} from "@counterfoil/contracts"
import { memoryStore } from "@counterfoil/store/test"
import { describe, expect, test } from "vitest"
import { type Caller, pae, verifySignedReview } from "@counterfoil/gate"
import {
  keyFile,
  makeReviewKey,
  placeOf,
  readReviewKey,
  reviewKeyFor,
  reviewKeysHere,
  type ReviewKey,
} from "./review-key.ts"
import { reviewPayload, signReview } from "./sign-review.ts"

const now = Time.parse("2026-03-02T10:00:00.000Z")
const [tenant, human] = [TenantId.parse("acme"), HumanId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5d7")]
const digest = (digit: string) => Digest.parse(`sha256:${digit.repeat(64)}`)
const item = {
  approvalDigest: digest("1"),
  planDigest: digest("2"),
  previewDigest: digest("3"),
} as ApprovalItem
const settings = (folder: string) => ({
  context: null,
  url: "http://127.0.0.1:7420",
  token: null,
  timeoutMs: 1,
  folder,
})
const caller: Caller = {
  tenant,
  principal: PrincipalId.parse(human),
  kind: "human",
  name: "ana",
  owner: null,
  roles: [],
  session: SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5d7"),
  mintedBy: null,
  origin: null,
  assurance: "session",
  channel: "http",
  traceparent: null,
}

async function verified(
  key: ReviewKey,
  payload: SignedReviewPayload,
  said: { readonly text?: string; readonly reasonCode?: "unclear" } = {},
  respell: (envelope: SignedReview) => SignedReview = (envelope) => envelope,
): Promise<string> {
  const { directory } = memoryStore(Environment.parse("test"), () => now)
  await directory.enrolReviewKey({
    keyId: key.keyId,
    tenant,
    human,
    spki: key.spki,
    enrolledAt: addMs(now, -1_000),
    revokedAt: null,
  })
  const answer = await verifySignedReview(directory, caller, respell(signReview(payload, key)), {
    decision: "approve",
    origin: "counterfoil://test/acme",
    now,
    text: said.text ?? null,
    reasonCode: said.reasonCode ?? null,
    items: [item],
  })
  return answer.ok ? "valid" : answer.error.code
}

const decided = {
  decision: "approve",
  human,
  origin: "counterfoil://test/acme",
  at: now,
  text: null,
  reasonCode: undefined,
  items: [item],
} as const

const place = (folder: string, principal: string = human) => placeOf(settings(folder), principal)

describe("a signed review", () => {
  const key = makeReviewKey(place(mkdtempSync(join(tmpdir(), "counterfoil-key-"))))

  test("INV-06 the server accepts what a person's own key signed", async () => {
    expect(await verified(key, reviewPayload(decided))).toBe("valid")
  })

  test("another decision, installation, item or time is another review", async () => {
    expect(await verified(key, reviewPayload({ ...decided, decision: "reject" }))).toBe("SIGNATURE_INVALID")
    expect(await verified(key, reviewPayload({ ...decided, origin: "counterfoil://production/acme" }))).toBe(
      "SIGNATURE_INVALID",
    )
    expect(
      await verified(key, reviewPayload({ ...decided, items: [{ ...item, approvalDigest: digest("4") }] })),
    ).toBe("SIGNATURE_INVALID")
    expect(await verified(key, reviewPayload({ ...decided, at: addMs(now, -301_000) }))).toBe(
      "SIGNATURE_STALE",
    )
  })

  test("another note, none where one was signed, or one where none was signed, is another review", async () => {
    const noted = reviewPayload({ ...decided, text: "checked with billing" })
    expect(await verified(key, noted, { text: "checked with billing" })).toBe("valid")
    expect(await verified(key, noted, { text: "checked with sales" })).toBe("SIGNATURE_INVALID")
    expect(await verified(key, noted)).toBe("SIGNATURE_INVALID")
    expect(await verified(key, reviewPayload(decided), { text: "added later" })).toBe("SIGNATURE_INVALID")
  })

  test("a signed reason code is the one that was sent", async () => {
    const coded = reviewPayload({ ...decided, reasonCode: "unclear" })
    expect(await verified(key, coded, { reasonCode: "unclear" })).toBe("valid")
    expect(await verified(key, coded)).toBe("SIGNATURE_INVALID")
    expect(await verified(key, reviewPayload(decided), { reasonCode: "unclear" })).toBe("SIGNATURE_INVALID")
  })

  test("another encoding of an envelope does not count as another envelope", async () => {
    const signed = reviewPayload(decided)
    const loose = Buffer.from(JSON.stringify(signed, null, 1))
    const sig = sign(null, pae("application/vnd.counterfoil.review+json", loose), key.secret)
    expect(
      await verified(key, signed, {}, (one) => ({
        ...one,
        payload: loose.toString("base64"),
        signatures: [{ keyid: key.keyId, sig: sig.toString("base64") }],
      })),
    ).toBe("SIGNATURE_INVALID")
    expect(
      await verified(key, signed, {}, ({ signatures: [first], ...rest }) => ({
        ...rest,
        signatures: [{ keyid: key.keyId, sig: (first?.sig ?? "").replaceAll("=", "") }],
      })),
    ).toBe("SIGNATURE_INVALID")
  })

  test("a key that is not the enrolled one signs nothing", async () => {
    const { privateKey } = generateKeyPairSync("ed25519")
    expect(createPublicKey(privateKey).asymmetricKeyType).toBe("ed25519")
    expect(await verified({ ...key, secret: privateKey }, reviewPayload(decided))).toBe("SIGNATURE_INVALID")
  })
})

describe("the key's file", () => {
  test("it is made once, for its owner alone, and refused when others can read it", () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-key-"))
    expect(readReviewKey(place(folder))).toBeNull()
    const made = makeReviewKey(place(folder))
    const file = join(keyFile(place(folder)).folder, keyFile(place(folder)).name)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readReviewKey(place(folder))?.keyId).toBe(made.keyId)
    expect(() => makeReviewKey(place(folder))).toThrow("There is already a key")
    chmodSync(file, 0o644)
    expect(() => readReviewKey(place(folder))).toThrow("Others can read")
  })

  test("INV-06 two people on one account have a key each, and neither signs with the other's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-key-"))
    const [ana, ben] = ["hum_01kaz3v8g0e8r4n2t6w0y3b5aa", "hum_01kaz3v8g0e8r4n2t6w0y3b5bb"]
    const made = makeReviewKey(place(folder, ana))
    expect(readReviewKey(place(folder, ben))).toBeNull()
    const other = makeReviewKey(place(folder, ben))
    expect(other.keyId).not.toBe(made.keyId)
    expect(readReviewKey(place(folder, ana))?.keyId).toBe(made.keyId)
    expect(
      reviewKeysHere(settings(folder))
        .map(({ keyId }) => keyId)
        .toSorted(),
    ).toEqual([made.keyId, other.keyId].toSorted())
  })

  test("INV-06 a key file of an earlier version signs only for the person who has the key at the server", async () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-key-"))
    const before = makeReviewKey({ ...place(folder), principal: null })
    const keyOf = async (enrolled: readonly string[]) =>
      (await reviewKeyFor(settings(folder), human, async () => enrolled))?.keyId ?? null
    expect(await keyOf([before.keyId])).toBe(before.keyId)
    expect(await keyOf([])).toBeNull()
  })
})
