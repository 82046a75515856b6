import { describe, expect, test } from "vitest"
import {
  addMs,
  ContractRef,
  controlPlaneCapabilities,
  type ChainMember,
  type Environment,
  type ModeMap,
  type PolicyLayer,
  type TenantId,
} from "@counterfoil/contracts"
import { defaultPolicySource } from "../shipped/default-policy-source.ts"
import { grantOf, ids, memberOf, now, registry, setOf } from "../../test/world.ts"
import { governorsAt, lockoutIssues, looksMax } from "./lockout.ts"

const seconds = Math.floor(Date.parse(now) / 1000)
const everything = controlPlaneCapabilities.map(({ name }) => name)
const ownerOf = (id: string, capabilities = everything): ChainMember => ({
  ...memberOf(id, ["owner", "approver"]),
  grants: capabilities.map((capability) => ({ ...grantOf(id), capability })),
})
const facts = (...people: readonly ChainMember[]) => ({
  registry,
  environment: "production" as Environment,
  tenant: "acme" as TenantId,
  people,
})
const shipped = defaultPolicySource()
const withText = (layer: PolicyLayer, text: string, modeMap: ModeMap = shipped.modeMap) =>
  setOf({ texts: [...shipped.texts, { layer, name: "new.cedar", text }], modeMap })
const messages = (set: ReturnType<typeof setOf>, ...people: readonly ChainMember[]) =>
  lockoutIssues(set, setOf(shipped), { ...facts(...people), peopleAt: () => people }, now).map(
    ({ code, ruleId, message }) => `${code} ${ruleId}: ${message}`,
  )
const forbid = (scope: string, condition = "") =>
  `@id("freeze.all") @reason("stopped by the operator") forbid (${scope})${condition};`
const everythingBut = "principal, action, resource"
const mia = ownerOf(ids.mia)

describe("a set that shuts an owner out of changing policy", () => {
  test("the shipped set shuts no owner out", () => {
    expect(messages(setOf(shipped), mia, ownerOf(ids.ana))).toEqual([])
  })

  test("a freeze of all steps shuts no owner out", () => {
    const text = forbid('principal, action in Counterfoil::Action::"path.step", resource')
    expect(messages(withText("freeze", text), mia)).toEqual([])
  })

  test.each([
    ["everything", everythingBut, "controlPlane.intent.submit@1"],
    [
      "all writes",
      'principal, action in Counterfoil::Action::"effect.write", resource',
      "controlPlane.intent.submit@1",
    ],
    [
      "activation",
      'principal, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource',
      "controlPlane.policy.activate@1",
    ],
    [
      "reading the queue",
      'principal, action == Counterfoil::Action::"controlPlane.approval.list@1", resource',
      "controlPlane.approval.list@1",
    ],
    [
      "approving",
      'principal, action == Counterfoil::Action::"controlPlane.execution.approve@1", resource',
      "controlPlane.execution.approve@1",
    ],
    [
      "one owner alone",
      `principal == Counterfoil::Human::"${ids.ana}", action, resource`,
      "controlPlane.intent.submit@1",
    ],
  ])("a forbid on %s does", (_what, scope, contract) => {
    const found = messages(withText("freeze", forbid(scope)), mia, ownerOf(ids.ana))
    expect(found).toEqual([
      `lockout freeze.all: an owner could not use ${contract} (forbidden), so that no one could undo this`,
    ])
  })

  test.each([
    ["intent.submit", "planSteps == 0"],
    ["approval.list", "planSteps == 0"],
    ["execution.approve", "planSteps == 0"],
    ["policy.activate", "planSteps == 1"],
  ])("a forbid on %s does where %s, as it is for the gate", (name, condition) => {
    const scope = `principal, action == Counterfoil::Action::"controlPlane.${name}@1", resource`
    const text = forbid(scope, ` when { context.call.${condition} }`)
    expect(messages(withText("freeze", text), mia)).toEqual([
      `lockout freeze.all: an owner could not use controlPlane.${name}@1 (forbidden), so that no one could undo this`,
    ])
  })

  test.each(["approval.list", "execution.approve"])(
    "a forbid on %s does where it reaches executions alone: rows and reviews are about one",
    (name) => {
      const scope = `principal, action == Counterfoil::Action::"controlPlane.${name}@1", resource`
      const text = forbid(scope, ' when { resource in Counterfoil::ResourceKind::"execution" }')
      expect(messages(withText("freeze", text), mia)).toHaveLength(1)
    },
  )

  test.each([
    ['nowSeconds > duration("1797847200ms").toMilliseconds()'],
    ['grant.expiresInSeconds < duration("22809600ms").toMilliseconds()'],
  ])("a forbid that has a function make the time it begins at does: %s", (condition) => {
    const text = forbid("principal, action, resource", ` when { context.call.${condition} }`)
    expect(messages(withText("freeze", text), mia)).toEqual([
      "lockout freeze.all: compares a time with what a function makes: compare it with a number of seconds",
    ])
  })

  const activating = 'principal, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource'
  const permitting = (condition: string, scope = activating) =>
    withText(
      "tenant",
      `@id("tenant.timed") @tier("low") @reason("until it is over")\npermit (${scope}) when { ${condition} };`,
    )
  const later = seconds + 3_600
  const otherUse =
    "uses the time in another way than to compare it with a number of seconds, so that no one can tell when it changes: write context.call.nowSeconds < 1893456000"

  test.each([
    [`context.call.nowSeconds + 5 < ${later}`],
    [`context.call.nowSeconds - ${later} < 0`],
    [`context.call.nowSeconds * 2 < ${2 * later}`],
    [`-context.call.nowSeconds > -${later}`],
    [`context.call.grant.expiresInSeconds + 5 > ${later}`],
    [`context.call.nowSeconds < ${later} + 5`],
    [`context.call.nowSeconds < (if context.call.tainted then ${later} else ${later + 1})`],
    [`context.call.nowSeconds < context.call.grant.expiresInSeconds`],
    [`context.call.nowSeconds < context.call.planSteps`],
    [`[${later}, ${later + 1}].contains(context.call.nowSeconds)`],
    [`[context.call.nowSeconds].containsAny([${later}])`],
    [`{"at": context.call.nowSeconds}.at < ${later}`],
    [`{"at": context.call.nowSeconds} == {"at": ${later}}`],
    [`(if context.call.tainted then context.call else context.call).nowSeconds < ${later}`],
    [`(if context.call.tainted then context else context).call.nowSeconds < ${later}`],
    [`context.call.grant == {"capability": "c", "source": "s", "expiresInSeconds": ${later}}`],
  ])(
    "a permit for owners that uses the time otherwise than to compare it with a number does: %s",
    (condition) => {
      expect(messages(permitting(condition), mia)).toEqual([`lockout tenant.timed: ${otherUse}`])
    },
  )

  test.each([
    [`context.call.nowSeconds < ${later}`],
    [`${later} >= context.call.nowSeconds && context.call.grant.expiresInSeconds > 60`],
    [`context.call has nowSeconds && !(context.call.nowSeconds > ${later})`],
    ["context.call.hourUtc * 2 < 24 && [1, 2].contains(context.call.weekdayUtc)"],
    ['context.call.grant.capability == "control-plane.core"'],
  ])("a permit beside the shipped ones that compares the time with a number does not: %s", (condition) => {
    expect(messages(permitting(condition), mia, ownerOf(ids.ana))).toEqual([])
  })

  test("a rule for other contracts may use the time in any way: the shipped rules do", () => {
    const scope = 'principal, action == Counterfoil::Action::"crm.note.append@1", resource'
    const due = "context.input has due && context.input.due < context.call.nowSeconds + 86400"
    expect(messages(permitting(due, scope), mia, ownerOf(ids.ana))).toEqual([])
  })

  test("a forbid that reads the time in a set does", () => {
    const text = forbid(everythingBut, ` unless { [${later}].containsAll([context.call.nowSeconds]) }`)
    expect(messages(withText("freeze", text), mia)).toEqual([`lockout freeze.all: ${otherUse}`])
  })

  test("the last permit for owners that ends does, from when on", () => {
    const text = `@id("tenant.ending") @tier("low") @reason("until it is over")
permit (principal is Counterfoil::Human, action, resource) when { context.call.nowSeconds < ${later} };`
    const base = shipped.texts.filter(({ layer }) => layer === "base")
    const ending = [...base, { layer: "tenant" as const, name: "new.cedar", text }]
    expect(messages(setOf({ ...shipped, texts: ending }), mia, ownerOf(ids.ana))).toEqual([
      `lockout null: an owner could not use controlPlane.intent.submit@1 from ${addMs(now, 3_601_000)} on (noMatch), so that no one could undo this`,
    ])
  })

  test("a forbid that leaves out the execution that is looked at does", () => {
    const text = forbid(
      'principal, action == Counterfoil::Action::"controlPlane.execution.approve@1", resource',
      ' unless { resource == Counterfoil::Resource::"execution:exe_00000000000000000000000000" }',
    )
    expect(messages(withText("freeze", text), mia)).toEqual([
      "lockout freeze.all: names exe_00000000000000000000000000, which is not an execution",
    ])
  })

  test("a permit that holds a call does: the gate refuses a call that is not allowed at once", () => {
    const text = `@id("tenant.look") @tier("medium") @reason("a person looks")
permit (principal, action == Counterfoil::Action::"controlPlane.intent.submit@1", resource);`
    expect(messages(withText("tenant", text), mia)).toEqual([
      "lockout null: an owner could not use controlPlane.intent.submit@1 (hold), so that no one could undo this",
    ])
  })

  test("a forbid on one layer does, whichever it is", () => {
    for (const layer of ["freeze", "tenant", "organisation"]) {
      const text = forbid(
        'principal, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource',
        ` when { context.input.layer == "${layer}" }`,
      )
      expect(messages(withText("freeze", text), mia)).toHaveLength(1)
    }
  })

  test.each([
    ["any text", "context.input.policyTexts > 0"],
    ["any number of texts but none", "context.input.policyTexts != 0"],
    ["any text of its own layer", 'context.input.layer == "tenant" && context.input.policyTexts > 0'],
  ])(
    "a forbid on activation with %s does: without texts the layer permits owners nothing",
    (_what, condition) => {
      const scope = 'principal, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource'
      const text = forbid(scope, ` when { ${condition} }`).replace("freeze.all", "tenant.all")
      expect(messages(withText("tenant", text), mia, ownerOf(ids.ana))).toEqual([
        "lockout tenant.all: an owner could not use controlPlane.policy.activate@1 (forbidden), so that no one could undo this",
      ])
    },
  )

  test("a forbid on texts of a layer that permits nothing does not: emptied, it forbids nothing more", () => {
    const scope = 'principal, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource'
    const condition = ' when { context.input.layer == "organisation" && context.input.policyTexts > 0 }'
    const text = forbid(scope, condition).replace("freeze.all", "organisation.all")
    expect(messages(withText("organisation", text), mia, ownerOf(ids.ana))).toEqual([])
  })

  test("a set that permits no one to change policy does, and says so without naming a rule", () => {
    const base = shipped.texts.filter(({ layer }) => layer === "base")
    expect(messages(setOf({ ...shipped, texts: base }), mia)).toEqual([
      "lockout null: an owner could not use controlPlane.intent.submit@1 (noMatch), so that no one could undo this",
    ])
  })

  test("a mode map that blocks what is low does", () => {
    const modeMap: ModeMap = {
      ...shipped.modeMap,
      default: { low: "blocked", medium: "assist", high: "assist" },
    }
    expect(messages(setOf({ ...shipped, modeMap }), mia)).toEqual([
      "lockout null: an owner could not use controlPlane.intent.submit@1 (modeBlocked), so that no one could undo this",
    ])
  })

  test("a forbid that begins later does, from when on", () => {
    const text = forbid(everythingBut, ` when { context.call.nowSeconds > ${seconds + 3_600} }`)
    expect(messages(withText("freeze", text), mia)).toEqual([
      `lockout freeze.all: an owner could not use controlPlane.intent.submit@1 from ${addMs(now, 3_601_000)} on (forbidden), so that no one could undo this`,
    ])
  })

  test("a forbid on every way in that is always there does", () => {
    for (const condition of ['context.call.channel != "console"', 'context.call.assurance != "key"'])
      expect(messages(withText("freeze", forbid(everythingBut, ` when { ${condition} }`)), mia)).toHaveLength(
        1,
      )
  })

  test("a forbid at night, from a chat or below the assurance of a token does not: there is a way", () => {
    for (const condition of [
      "context.call.hourUtc >= 6",
      'context.call.channel == "nats"',
      'context.call.assurance == "chat"',
      "context.call.weekdayUtc != 3",
    ])
      expect(messages(withText("freeze", forbid(everythingBut, ` when { ${condition} }`)), mia)).toEqual([])
  })

  test("more times than can be looked through are refused as they are", () => {
    const named = (times: number, ends: number) =>
      withText(
        "freeze",
        [
          ...Array.from({ length: times }, (_, i) => `context.call.nowSeconds > ${seconds + 60 + i}`),
          ...Array.from({ length: ends }, (_, i) => `context.call.grant.expiresInSeconds < ${60 + i}`),
        ]
          .map(
            (condition, i) =>
              `@id("freeze.n${i}") @reason("stopped by the operator") forbid (principal, action in Counterfoil::Action::"path.step", resource) when { ${condition} };`,
          )
          .join("\n"),
      )
    const tooMany = [
      "lockout null: the rules name more times to come, and ends of grants, than can be looked through",
    ]
    expect(messages(named(looksMax - 2, 0), mia, ownerOf(ids.ana))).toEqual([])
    expect(messages(named(looksMax - 1, 0), mia)).toEqual(tooMany)
    // Each end is looked at after each time.
    expect(messages(named(11, 3), mia, ownerOf(ids.ana))).toEqual([])
    expect(messages(named(12, 3), mia)).toEqual(tooMany)
  })

  test("rules too long to be looked through in each hour of a week are refused as they are", () => {
    const names = Array.from({ length: 1_200 }, (_, i) => `"n${i}"`).join(", ")
    const long = (count: number) =>
      withText(
        "freeze",
        Array.from(
          { length: count },
          (_, i) =>
            `@id("freeze.n${i}") @reason("stopped by the operator") forbid (${activating}) when { [${names}].contains(context.call.channel) };`,
        )
          .concat(
            forbid(activating, " unless { context.call.weekdayUtc == 5 && context.call.nowSeconds > 5 }"),
          )
          .join("\n"),
      )
    expect(messages(long(0), mia, ownerOf(ids.ana))).toEqual([])
    expect(messages(long(5), mia, ownerOf(ids.ana))).toEqual([
      "lockout null: the rules for changing policy are too long, or the owners too many, to be looked through at all times",
    ])
  })

  test("what an owner holds no grant for is not the set's doing", () => {
    expect(messages(setOf(shipped), ownerOf(ids.mia, everything.slice(0, 1)))).toEqual([])
  })
})

describe("a lockout that comes by itself", () => {
  test("is found where a role that a rule asks for ends within the week", () => {
    const set = withText(
      "freeze",
      forbid(everythingBut, ' unless { principal in Counterfoil::Team::"founder" }'),
    )
    const founder = { ...mia, roles: ["approver", "founder", "owner"] as never }
    const peopleAt = (at: string) => [at === now ? founder : mia]
    expect(lockoutIssues(set, setOf(shipped), { ...facts(), peopleAt }, now)).toHaveLength(1)
    expect(messages(set, founder)).toEqual([])
  })

  test("is found where a rule begins after the owners' roles would end: these are renewed, rules are not", () => {
    const day = 86_400
    const endsAfter = (days: number) => (at: string) =>
      at < addMs(now, days * day * 1000) ? [mia] : [{ ...mia, roles: [] }]
    const from = (days: number) =>
      withText("freeze", forbid(everythingBut, ` when { context.call.nowSeconds > ${seconds + days * day} }`))
    for (const [held, days] of [
      [365, 364],
      [365, 366],
      [365, 1_200],
      [30, 31],
    ] as const)
      expect(
        lockoutIssues(from(days), setOf(shipped), { ...facts(), peopleAt: endsAfter(held) }, now).map(
          ({ message }) => message,
        ),
      ).toEqual([
        `an owner could not use controlPlane.intent.submit@1 from ${addMs(now, (days * day + 1) * 1000)} on (forbidden), so that no one could undo this`,
      ])
  })

  test("is found where a person becomes owner only later, and a rule forbids that person alone", () => {
    const text = forbid(`principal == Counterfoil::Human::"${ids.ana}", action, resource`)
    const ana = ownerOf(ids.ana)
    const peopleAt = (at: string) => [mia, at === now ? { ...ana, roles: [] } : ana]
    expect(
      lockoutIssues(withText("freeze", text), setOf(shipped), { ...facts(), peopleAt }, now),
    ).toHaveLength(1)
  })

  test("is not found where roles end and no rule asks for them", () => {
    const peopleAt = (at: string) => [at === now ? mia : { ...mia, roles: [] }]
    const text = forbid(
      'principal, action in Counterfoil::Action::"path.step", resource',
      ` when { context.call.nowSeconds > ${seconds + 40_000_000} }`,
    )
    expect(lockoutIssues(withText("freeze", text), setOf(shipped), { ...facts(), peopleAt }, now)).toEqual([])
  })

  test("is found where an exception of the modes ends, by which alone a call is not held", () => {
    const text = `@id("tenant.look") @tier("medium") @reason("a person looks")
permit (principal, action == Counterfoil::Action::"controlPlane.intent.submit@1", resource);`
    const expires = addMs(now, 60 * 86_400_000)
    const exception = {
      contract: ContractRef.parse("controlPlane.intent.submit@1"),
      medium: "autonomous",
      owner: "platform",
      reason: "no one waits for a submission",
      expires,
    } as const
    const modeMap: ModeMap = { ...shipped.modeMap, exceptions: [exception] }
    expect(messages(withText("tenant", text, modeMap), mia)).toEqual([
      `lockout null: an owner could not use controlPlane.intent.submit@1 from ${addMs(expires, 1000)} on (hold), so that no one could undo this`,
    ])
  })

  test("is found where a rule forbids what a grant allows that is about to end", () => {
    const text = forbid(everythingBut, " when { context.call.grant.expiresInSeconds < 86400 }")
    expect(messages(withText("freeze", text), mia)).toHaveLength(1)
  })
})

describe("a quorum that no one can fill", () => {
  const ana = ownerOf(ids.ana)
  const ghost = (approve: string) =>
    withText(
      "organisation",
      `@id("organisation.ghost") @tier("medium") @reason("someone looks") @approve("${approve}")
permit (principal is Counterfoil::Human, action == Counterfoil::Action::"controlPlane.policy.activate@1", resource);`,
    )
  const reader: ChainMember = { ...ownerOf(ids.ben), roles: ["ghost"] as never }

  test("shuts owners out: a role that no one has, too many people, and one whose holder may not review", () => {
    for (const approve of ["ghost:5", "owner:2", "ghost:1"])
      expect(messages(ghost(approve), mia, ana)).toEqual([
        "lockout null: an owner could not use controlPlane.policy.activate@1 (no one could fill its quorum), so that no one could undo this",
      ])
    expect(messages(ghost("ghost:1"), mia, ana, { ...reader, grants: [] })).toHaveLength(1)
  })

  test("is not found where others hold the role, and the requester never counts", () => {
    expect(messages(ghost("ghost:1"), mia, ana, reader)).toEqual([])
    expect(messages(ghost("owner:1"), mia, ana)).toEqual([])
  })

  test("is not the set's doing where the live set asks for one that no one can fill either", () => {
    expect(messages(setOf(shipped), mia)).toEqual([])
  })
})

describe("who can change policy", () => {
  test("with someone there to look: of two owners both, of one alone none", () => {
    const there = "someone who is there"
    const both = [mia, ownerOf(ids.ana)]
    expect(governorsAt(setOf(shipped), facts(...both), now, there)).toEqual([ids.mia, ids.ana])
    expect(governorsAt(setOf(shipped), facts(mia), now, there)).toEqual([])
  })

  test("owners with the grants that it takes, as long as these last", () => {
    const owners = facts(mia, ownerOf(ids.ana, everything.slice(0, 1)))
    expect(governorsAt(setOf(shipped), owners, now, "anyone")).toEqual([ids.mia])
    expect(governorsAt(setOf(shipped), owners, addMs(now, 400 * 86_400_000), "anyone")).toEqual([])
  })
})
