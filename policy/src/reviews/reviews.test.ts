import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type {
  ApprovalId,
  ExecutionId,
  Grant,
  HumanId,
  Obligations,
  ReviewFact,
  RoleName,
} from "@counterfoil/contracts"
import { obligationDefaults } from "../decide/obligations.ts"
import { grantOf, ids, memberOf, now } from "../../test/world.ts"
import { approvalLevel } from "./approval-level.ts"
import { canReview, excludedReviewers, type ReviewedRequest, type Reviewer } from "./can-review.ts"
import { tallyReviews } from "./tally-reviews.ts"

const obligationsOf = (...slots: readonly (readonly [string, number])[]): Obligations => ({
  ...obligationDefaults.medium,
  quorum: slots.map(([role, count]) => ({ role: role as RoleName, count })),
})
const review = (
  human: string,
  decision: ReviewFact["decision"],
  ...roles: readonly string[]
): ReviewFact => ({
  approvalId: "apr_01kaz3v8g0e8r4n2t6w0y3b5da" as ApprovalId,
  human: human as HumanId,
  decision,
  roles: roles as readonly RoleName[],
  assurance: "session",
})
const { mia, ana, ben, bot, cron } = ids

describe("the tally", () => {
  test("one person with both roles of a quorum fills one slot", () => {
    const state = tallyReviews(
      obligationsOf(["finance", 1], ["support-lead", 1]),
      [review(ana, "approve", "finance", "support-lead")],
      [],
    )
    expect(state.met).toHaveLength(1)
    expect(state.missing).toHaveLength(1)
  })

  test("INV-06 a quorum that names one role twice needs a person for each", () => {
    const quorum = obligationsOf(["finance", 1], ["finance", 1])
    const one = tallyReviews(quorum, [review(ana, "approve", "finance")], [])
    expect([one.met.length, one.missing]).toEqual([1, [{ role: "finance", count: 1 }]])
    const two = [ana, mia].map((human) => review(human, "approve", "finance"))
    expect(tallyReviews(quorum, two, []).missing).toEqual([])
  })

  test("three people with overlapping roles meet a quorum in every order of their answers", () => {
    const answers = [
      review(mia, "approve", "a", "b", "c"),
      review(ana, "approve", "a", "b"),
      review(ben, "approve", "a"),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(answers, { minLength: 3 }), (shuffled) => {
        const state = tallyReviews(obligationsOf(["a", 1], ["b", 1], ["c", 1]), shuffled, [])
        expect(state.missing).toEqual([])
        expect(state.met.map(({ human }) => human)).toEqual([ben, ana, mia])
      }),
    )
  })

  test("a withdrawal takes an approval back, and so does a rejection", () => {
    for (const later of ["withdraw", "reject"] as const)
      expect(
        tallyReviews(obligationsOf(["a", 1]), [review(mia, "approve", "a"), review(mia, later, "a")], []).met,
      ).toEqual([])
    const again = [review(mia, "approve", "a"), review(mia, "withdraw", "a"), review(mia, "approve", "a")]
    expect(tallyReviews(obligationsOf(["a", 1]), again, []).missing).toEqual([])
  })

  test("INV-06 an excluded person and one who is not sure enough fill no slot", () => {
    const excluded = tallyReviews(obligationsOf(["a", 1]), [review(mia, "approve", "a")], [mia as HumanId])
    expect(excluded.missing).toEqual([{ role: "a", count: 1 }])
    const keyed: Obligations = { ...obligationsOf(["a", 1]), assurance: "key" }
    expect(tallyReviews(keyed, [review(mia, "approve", "a")], []).missing).toHaveLength(1)
  })
})

describe("separation of duties", () => {
  const request: ReviewedRequest = {
    tenant: memberOf(mia).tenant,
    executionId: "exe_01kaz3v8g0e8r4n2t6w0y3b5da" as ExecutionId,
    obligations: { ...obligationsOf(["approver", 1]), exclude: ["agentOwner"] },
    chain: [memberOf(bot, [], { owner: ben as HumanId }), memberOf(mia, ["approver"])],
    authors: [],
    breakGlassHolder: null,
  }
  const reviewer = (id: string, given: Partial<Reviewer> = {}): Reviewer => ({
    ...memberOf(id, ["approver"], {
      grants: [grantOf(id, { capability: "control-plane.approval" as never })],
    }),
    assurance: "session",
    earlier: [],
    ...given,
  })

  test("INV-04 INV-10 a grant that does not cover the execution or the answer gives no review", () => {
    const { executionId } = request
    const [approve, reject] = ["controlPlane.execution.approve@1", "controlPlane.execution.reject@1"]
    const cases: readonly (readonly [object, boolean, boolean])[] = [
      [{ level: "tenant" }, true, true],
      [{ level: "own" }, false, false],
      [{ level: "team" }, false, false],
      [{ level: "tenant", contracts: [approve] }, true, false],
      [{ level: "tenant", contracts: [reject] }, false, true],
      [{ level: "tenant", resources: [`execution:${executionId}`] }, true, true],
      [{ level: "tenant", resources: ["execution:*"] }, true, true],
      [{ level: "tenant", resources: [`execution:exe_${"0".repeat(26)}`] }, false, false],
    ]
    for (const [scope, approves, rejects] of cases) {
      const grants = [
        grantOf(ana, { capability: "control-plane.approval" as never, scope: scope as Grant["scope"] }),
      ]
      const may = (decision: "approve" | "reject") =>
        canReview(request, reviewer(ana, { grants }), decision, now)
      expect([scope, may("approve").allowed, may("reject").allowed]).toEqual([scope, approves, rejects])
      if (!approves) expect(may("approve")).toEqual({ allowed: false, because: "GRANT_MISSING" })
    }
  })

  test("INV-06 the requester, the human it acts for and the owner of its agent may not answer", () => {
    expect(excludedReviewers(request)).toEqual([bot, ben, mia].sort())
    expect(canReview(request, reviewer(mia), "approve", now)).toEqual({
      allowed: false,
      because: "SEPARATION_OF_DUTIES",
    })
    expect(canReview(request, reviewer(ben), "approve", now)).toEqual({
      allowed: false,
      because: "SEPARATION_OF_DUTIES",
    })
    expect(canReview(request, reviewer(ana), "approve", now)).toEqual({ allowed: true, roles: ["approver"] })
  })

  test("INV-06 who registered an agent or made its token may not answer where its owner may not", () => {
    const made = { ...request, chain: [memberOf(bot, [], { custodians: [ana as HumanId] })] }
    expect(canReview(made, reviewer(ana), "approve", now)).toMatchObject({ because: "SEPARATION_OF_DUTIES" })
    expect(canReview(made, reviewer(ben), "approve", now)).toMatchObject({ allowed: true })
    const obligations = { ...request.obligations, exclude: [] }
    expect(canReview({ ...made, obligations }, reviewer(ana), "approve", now)).toMatchObject({
      allowed: true,
    })
  })

  test("INV-06 the author of a draft may not answer, and agents and services never do", () => {
    expect(
      canReview({ ...request, authors: [memberOf(ana).id] }, reviewer(ana), "approve", now),
    ).toMatchObject({ because: "SEPARATION_OF_DUTIES" })
    for (const id of [bot, cron])
      expect(canReview(request, reviewer(id), "approve", now)).toMatchObject({ because: "NOT_AN_APPROVER" })
  })

  test("a role, a grant, an enabled account of the same tenant and enough assurance are all needed", () => {
    const cases: readonly (readonly [Partial<Reviewer>, string])[] = [
      [{ roles: [] }, "NOT_AN_APPROVER"],
      [{ enabled: false }, "NOT_AN_APPROVER"],
      [{ tenant: "other" as never }, "NOT_AN_APPROVER"],
      [{ grants: [] }, "GRANT_MISSING"],
      [{ assurance: "chat" }, "ASSURANCE_TOO_LOW"],
      [
        { grants: [grantOf(ana, { capability: "control-plane.approval" as never, expiresAt: now })] },
        "GRANT_MISSING",
      ],
    ]
    for (const [given, because] of cases)
      expect(canReview(request, reviewer(ana, given), "approve", now)).toEqual({ allowed: false, because })
  })

  test("reject after one's own approval is allowed, approve after reject is not", () => {
    expect(canReview(request, reviewer(ana, { earlier: ["approve"] }), "reject", now).allowed).toBe(true)
    expect(canReview(request, reviewer(ana, { earlier: ["reject"] }), "approve", now)).toMatchObject({
      because: "ALREADY_REVIEWED",
    })
    expect(
      canReview(request, reviewer(ana, { earlier: ["approve", "withdraw"] }), "approve", now).allowed,
    ).toBe(true)
    expect(canReview(request, reviewer(ana), "withdraw", now)).toMatchObject({ because: "ALREADY_REVIEWED" })
  })

  test("inside a break-glass session its holder answers alone, also for what it requested", () => {
    const session: ReviewedRequest = {
      ...request,
      obligations: { ...obligationsOf(["break-glass", 1]), assurance: "key" },
      breakGlassHolder: mia as HumanId,
    }
    expect(canReview(session, reviewer(mia, { assurance: "key" }), "approve", now)).toEqual({
      allowed: true,
      roles: ["break-glass"],
    })
    expect(
      canReview(
        session,
        reviewer(ana, { assurance: "key", roles: ["break-glass" as RoleName] }),
        "approve",
        now,
      ),
    ).toMatchObject({ because: "NOT_AN_APPROVER" })
  })
})

describe("levels of an approval", () => {
  test("escalation changes who is asked, never how many, and the last level expires", () => {
    const obligations = obligationsOf(["finance", 1], ["support-lead", 1])
    expect(approvalLevel(obligations, 0)).toMatchObject({
      timeout: "PT4H",
      fallback: "escalate",
      obligations,
    })
    expect(approvalLevel(obligations, 1)).toMatchObject({
      timeout: "PT20H",
      fallback: "expire",
      obligations: { quorum: [{ role: "owner", count: 2 }] },
    })
  })
})
