// The people of a run: who they are, what they hold, and how they call a gate.
// Owns: the directory's rows, grants that come and go, one call with its patience. Does not own: what people want (people.ts).

import {
  addMs,
  CapabilityName,
  PrincipalId,
  RoleName,
  SessionId,
  type GrantId,
  type Json,
  type PrincipalKind,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { CallAnswer } from "@counterfoil/gate"
import { diceOf } from "../replay/dice.ts"
import { ids, reviewKeys, reviewers, tenant } from "../replay/world.ts"
import type { Book } from "./book.ts"
import { workCapability } from "./contracts.ts"
import type { Database } from "./database.ts"
import type { Process } from "./process.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** A person of the town by short name. */
export type Name = keyof typeof ids
/** The outcome of a call; `silence` when no answer came in time. */
export type Heard = CallAnswer | { readonly kind: "silence" }

/** The town. */
export interface Town {
  /** Who may review in which role right now: `human role`. */
  reviewersNow(): ReadonlySet<string>
  /** Takes or gives a person's right to review. */
  setReviewing(name: Name, allowed: boolean): Promise<void>
  call(process: Process, name: Name, contract: string, input: Json): Promise<Heard>
}

/** Who holds which roles. Mia holds one as well, so that only her part in a request bars her from it. */
export const townspeople: readonly { readonly human: string; readonly roles: readonly RoleName[] }[] = [
  ...reviewers,
  { human: ids.mia, roles: [RoleName.parse("finance")] },
]

const approval = "control-plane.approval"
const yearMs = 300 * 86_400_000
const patienceMs = 20_000

/** Settles everybody into an empty database. */
export async function settleTown(database: Database, time: VirtualTime, book: Book): Promise<Town> {
  const { directory } = database.direct
  const dice = diceOf(7)
  const expiresAt = addMs(database.now(), yearMs)
  const reviewing = new Map<Name, GrantId>()
  const grant = async (
    name: Name,
    capability: string,
    source: "owner" | "delegation" = "owner",
    by: Name = "kim",
  ) => {
    const grantId = mintId("grn", Date.parse(database.now()), dice.bytes(10))
    await directory.giveGrant(
      tenant,
      {
        grantId,
        principal: PrincipalId.parse(ids[name]),
        capability: CapabilityName.parse(capability),
        scope: { level: "tenant" },
        source,
        expiresAt,
      },
      PrincipalId.parse(ids[by]),
      "the simulator",
    )
    return grantId
  }
  for (const name of Object.keys(ids) as Name[]) {
    const kind: PrincipalKind = name === "bot" ? "agent" : "human"
    const roles = townspeople.find(({ human }) => human === ids[name])?.roles ?? []
    await directory.addPrincipal({
      id: PrincipalId.parse(ids[name]),
      tenant,
      kind,
      name,
      enabled: true,
      // No one owns the agent: that Kim registered it has to exclude her all the same.
      owner: null,
      roles: name === "mia" ? [RoleName.parse("support"), ...roles] : roles,
      addedAt: database.now(),
      addedBy: name === "bot" ? ids.kim : null,
    })
    for (const capability of ["control-plane.core", workCapability]) await grant(name, capability)
    if (kind === "human") reviewing.set(name, await grant(name, approval))
  }
  await grant("bot", "control-plane.core", "delegation", "mia")
  for (const key of reviewKeys) await directory.enrolReviewKey(key)
  return {
    reviewersNow: () =>
      new Set(
        townspeople.flatMap(({ human, roles }) =>
          [...reviewing.keys()].some((name) => ids[name] === human)
            ? roles.map((role) => `${human} ${role}`)
            : [],
        ),
      ),
    setReviewing: async (name, allowed) => {
      const held = reviewing.get(name)
      if (allowed && held === undefined) reviewing.set(name, await grant(name, approval))
      if (!allowed && held !== undefined) {
        reviewing.delete(name)
        await directory.revokeGrant(tenant, held, database.now())
      }
    },
    call: async (process, name, contract, input) => {
      const heard = await Promise.race([
        process.gate.call({
          caller: {
            tenant,
            principal: PrincipalId.parse(ids[name]),
            kind: name === "bot" ? "agent" : "human",
            name,
            owner: null,
            roles: [],
            session: SessionId.parse(`ses_01kaz3v8g0e8r4n2t6w0y3b5${ids[name].slice(-2)}`),
            mintedBy: null,
            origin: null,
            assurance: "session",
            channel: "http",
            traceparent: null,
          },
          contract,
          input,
          waitMs: 0,
          signal: new AbortController().signal,
          traceId: "sim",
        }),
        time.delay(patienceMs).then((): Heard => ({ kind: "silence" })),
      ])
      // People here err in what they want, never in how they say it: words that no contract takes would show nothing.
      if (heard.kind === "problem" && heard.problem.code === "INPUT_INVALID")
        book.troubles.push(`${name} said to ${contract} what it does not take`)
      return heard
    },
  }
}
