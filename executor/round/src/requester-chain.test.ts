import { expect, test } from "vitest"
import { CapabilityName, HumanId, PrincipalId, type ChainMember } from "@counterfoil/contracts"
import { planOf, tenant, World } from "@counterfoil/core/test"
import { requesterChainNow } from "./requester-chain.ts"

const capability = CapabilityName.parse("control-plane.core")
const ana = HumanId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5aa")
const member = (id: string, rest: Partial<ChainMember> = {}): ChainMember => ({
  id: PrincipalId.parse(id),
  kind: "agent",
  tenant,
  enabled: true,
  owner: ana,
  roles: [],
  grants: [],
  ...rest,
})

test("INV-04 a member of the chain that is no longer in the directory stays in the chain, disabled and with its owner", async () => {
  const gone = member("agt_01kaz3v8g0e8r4n2t6w0y3b5aa")
  const known = member("agt_01kaz3v8g0e8r4n2t6w0y3b5bb")
  const { state } = new World(planOf([{ key: "only", effect: "natural" }]))
  const execution = { ...state, intent: { ...state.intent, requesterChain: [gone, known] } }
  const now = { ...known, enabled: false }
  const directory = { member: async (_tenant: unknown, id: PrincipalId) => (id === known.id ? now : null) }
  expect(await requesterChainNow(directory, execution, capability)).toEqual([
    { ...gone, enabled: false, grants: [] },
    now,
  ])
})
