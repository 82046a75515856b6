import { describe, expect, test } from "vitest"
import { ApprovalId, Digest } from "@counterfoil/contracts"
import { compareDigests } from "./review-requests.ts"

const item = {
  approvalId: ApprovalId.parse("apr_01kaz3v8g0e8r4n2t6w0y3b5d7"),
  approvalDigest: Digest.parse(`sha256:7be23c91${"0".repeat(56)}`),
}

describe("the digest that a review names", () => {
  test.each(["7be23c91", "7be23c910", `sha256:7be23c91${"0".repeat(56)}`])(
    "INV-06 %s is that of the request",
    (typed) => {
      expect(() => compareDigests([item], [typed])).not.toThrow()
    },
  )

  test.each(["", "7be2", "7be23c9", "sha256:7be23c9", "7BE23C91", "7be23c9g", `7be23c91${"0".repeat(57)}`])(
    "INV-06 %j is too short to be unambiguous, or not a digest",
    (typed) => {
      expect(() => compareDigests([item], [typed])).toThrow("at least 8 hex digits")
    },
  )

  test("INV-06 the digest of another request is stale", () => {
    expect(() => compareDigests([item], ["7be23c92"])).toThrow("not the one with this digest")
  })
})
