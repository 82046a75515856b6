import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  ContractRef,
  Digest,
  Environment,
  ExecutionId,
  IdempotencyKey,
  StepId,
  TenantId,
} from "../primitives.ts"
import { bundleDigestOf } from "./bundle-digest.ts"
import { u32be, u64be, utf8 } from "./bytes.ts"
import { commitmentOf } from "./commitment.ts"
import { idempotencyKeyOf } from "./idempotency-key.ts"
import { mintId } from "./mint-id.ts"
import { requestDigestOf } from "./request-digest.ts"
import { blobDigest, digestBytes, digestFromBytes } from "./sha256.ts"
import { taggedPreimage } from "./tagged-hash.ts"

const digestA = Digest.parse(`sha256:${"a".repeat(64)}`)
const digestB = Digest.parse(`sha256:${"b".repeat(64)}`)

const spelled = (parts: readonly Uint8Array[]) => JSON.stringify(parts.map((part) => part.toHex()))

describe("bytes that are hashed", () => {
  test("numbers are big-endian and of fixed width", () => {
    expect([...u32be(0x01020304)]).toEqual([1, 2, 3, 4])
    expect([...u64be(2 ** 53 - 1)]).toEqual([0, 0x1f, 255, 255, 255, 255, 255, 255])
  })

  test("a number outside its width and a lone surrogate are bugs, never a wrong hash", () => {
    for (const wrong of [-1, 1.5, 2 ** 32, Number.NaN]) expect(() => u32be(wrong)).toThrow("INV-08")
    for (const wrong of [-1, 2 ** 53]) expect(() => u64be(wrong)).toThrow("INV-08")
    expect(() => utf8("\ud800")).toThrow("INV-08")
  })

  test("the preimage is the tag, a zero byte, and each part behind its length", () => {
    expect(new TextDecoder().decode(taggedPreimage("counterfoil.test.v1", "ab", Uint8Array.of(7)))).toBe(
      "counterfoil.test.v1\0\0\0\0\u0002ab\0\0\0\u0001\u0007",
    )
  })

  test("different parts never have the same preimage", () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same =
          taggedPreimage("counterfoil.test.v1", ...a).toHex() ===
          taggedPreimage("counterfoil.test.v1", ...b).toHex()
        expect(same).toBe(spelled(a) === spelled(b))
      }),
    )
  })
})

describe("a digest", () => {
  test("goes to its 32 bytes and back", () => {
    expect(digestBytes(digestA)).toEqual(new Uint8Array(32).fill(0xaa))
    expect(digestFromBytes(digestBytes(digestB))).toBe(digestB)
    expect(() => digestFromBytes(new Uint8Array(31))).toThrow("INV-08")
  })

  test("of a stored text is plain SHA-256, so that other tools can check it", () => {
    expect(blobDigest(utf8("abc"))).toBe(
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    )
  })

  test("of a bundle is SHA-256 of its tag, a zero byte and its bytes", () => {
    expect(bundleDigestOf(utf8("{}\n"))).toBe(blobDigest(utf8("counterfoil.bundle.v1\0{}\n")))
  })

  test("INV-13 a commitment needs a salt of 32 bytes", () => {
    expect(() => commitmentOf(new Uint8Array(16), utf8('"ana"'))).toThrow("INV-13")
  })

  test("of a request depends on the contract as well as on the body", () => {
    const body = utf8("{}")
    expect(requestDigestOf(ContractRef.parse("crm.note.append@1"), body)).not.toBe(
      requestDigestOf(ContractRef.parse("crm.note.append@2"), body),
    )
  })
})

describe("an idempotency key", () => {
  const effect = {
    environment: Environment.parse("production"),
    tenant: TenantId.parse("acme"),
    executionId: ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7"),
    stepId: StepId.parse("stp_17s9jdpebsfzxfzfhdp40d71vn"),
    generation: 1,
    contractDigest: digestA,
    inputDigest: digestB,
  }

  test("INV-03 is the same for the same effect and another one as soon as anything differs", () => {
    const others = [
      { ...effect, environment: Environment.parse("staging") },
      { ...effect, tenant: TenantId.parse("globex") },
      { ...effect, executionId: ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d8") },
      { ...effect, stepId: StepId.parse("stp_2s9amw4jsw2tfyz0dfr13f7k3g") },
      { ...effect, generation: 2 },
      { ...effect, contractDigest: digestB },
      { ...effect, inputDigest: digestA },
    ].map(idempotencyKeyOf)
    expect(idempotencyKeyOf({ ...effect })).toBe(IdempotencyKey.parse(idempotencyKeyOf(effect)))
    expect(new Set([idempotencyKeyOf(effect), ...others]).size).toBe(8)
  })
})

describe("a minted id", () => {
  const random = new Uint8Array(10).fill(255)

  test("has the prefix of what it names, then 48 bits of time and 80 random bits", () => {
    expect(ExecutionId.parse(mintId("exe", 0, new Uint8Array(10)))).toBe("exe_00000000000000000000000000")
    expect(mintId("int", 2 ** 48 - 1, random)).toBe("int_7zzzzzzzzzzzzzzzzzzzzzzzzz")
    expect(mintId("grn", 1469918176385, random).slice(4, 14)).toBe("01aryz6s41")
  })

  test("sorts after every id of an earlier millisecond", () => {
    const ms = fc.nat({ max: 2 ** 31 - 1 }).map((n) => n * 2 ** 17)
    const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 })
    fc.assert(
      fc.property(ms, fc.integer({ min: 1, max: 1000 }), bytes, bytes, (now, later, a, b) => {
        expect(mintId("exe", now + later, a) > mintId("exe", now, b)).toBe(true)
      }),
    )
  })

  test("with too little randomness or a clock before 1970 is a bug", () => {
    expect(() => mintId("exe", 0, new Uint8Array(9))).toThrow("INV-08")
    expect(() => mintId("exe", -1, random)).toThrow("INV-08")
  })
})
