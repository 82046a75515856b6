// Compares all restored rows with the traces, as far as traces record them: chains, projections, rights, texts.
// Owns: the examination and its findings. Does not own: whether the backup is the one that was written (judge-backup.ts).
// Shows INV-07, and INV-02 and INV-06 as far as a bundle does. It shows at most that the data is consistent: a trace that was
// rebuilt with its whole chain is found only where its facts about people, verdicts and starts are wrong.

import { Environment, type Digest, type TraceEntry } from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import { readLock } from "@counterfoil/contracts/drift"
import type { ExecutionRow } from "@counterfoil/contracts/ports"
import { foldEntries, projectApprovals, projectExecution, recordedFact } from "@counterfoil/core"
import { policySetDigestOf } from "@counterfoil/policy"
import { contractsByDigest, modeMapDigestOf, verifyStored, type NamedContract } from "@counterfoil/replay"
import { differingRows, type ProjectionDifference, type RestoredRows } from "@counterfoil/store"
import { signedBy } from "@counterfoil/gate"
import { judgeRights, type JudgedRight, type RightFact } from "./judge-rights.ts"

/** What was found. `unprojected`: executions whose payloads were erased, so that their rows cannot be derived. */
export interface Examination {
  readonly verified: number
  /** Executions whose trace does not pass the checks of a bundle, by id. */
  readonly broken: readonly string[]
  readonly projections: readonly ProjectionDifference[]
  readonly unprojected: number
  /** Executions that have not ended: they go on as soon as a process serves the restored database. */
  readonly open: readonly OpenExecution[]
  readonly rights: readonly JudgedRight[]
  /** Digests under which a different text is stored. */
  readonly texts: readonly Digest[]
  /** Rows that belong to no execution or to no entry, by table. */
  readonly strays: Readonly<Record<string, number>>
}

/** An execution that will go on. The values are from its trace, or from its row where the payloads of the trace were erased. */
type OpenExecution = Pick<ExecutionRow, "tenant" | "executionId" | "requester" | "contract" | "status">

/** Tables whose contents no trace records. A test compares the list with the catalog. */
export const tablesNotCompared = [
  "inbox",
  "callback",
  "quarantine",
  "quarantine_dropped",
  "delivery",
  "passed_on",
  "relay_cursor",
  "bus_event",
  "bus_stream",
  "bus_submission",
  "contract_lock",
  "registry_lock",
  "governing_change",
  "installation",
] as const

/** True when nothing contradicts a trace. It does not show that the traces are the ones that were backed up. */
export const agreesWithTraces = ({ broken, projections, rights, texts, strays }: Examination): boolean =>
  broken.length + projections.length + texts.length + Object.keys(strays).length === 0 &&
  rights.every(({ standing }) => standing.made !== "contradicted")

/** Examines everything, with one execution in memory at a time. */
export async function examineRestored(rows: RestoredRows, environmentName: string): Promise<Examination> {
  const environment = Environment.parse(environmentName)
  let [verified, unprojected] = [0, 0]
  const broken: string[] = []
  const projections: ProjectionDifference[] = []
  const open: OpenExecution[] = []
  const noteOpen = ({ tenant, executionId, requester, contract, status, endedAt }: ExecutionRow): void => {
    if (endedAt === null) open.push({ tenant, executionId, requester, contract, status })
  }
  const facts: RightFact[] = []
  const { texts, policies, contracts } = await readTexts(rows)
  const keys = Map.groupBy(await rows.reviewKeys(), ({ tenant }) => tenant)
  for await (const { tenant, executionId, head, row, columns, approvals, entries } of rows.executions()) {
    const kept = { keys: keys.get(tenant) ?? [], signedBy, policies, contracts }
    if (!verifyStored(entries, { environment, tenant, executionId, head }, kept).ok) {
      broken.push(executionId)
      noteOpen(row)
      continue
    }
    verified += 1
    facts.push(...rightFactsOf(entries))
    if (columns.length > 0)
      projections.push({ executionId, row: "execution", id: executionId, fields: columns })
    const folded = foldEntries(entries)
    if (!folded.ok || folded.value === null) {
      unprojected += 1
      noteOpen(row)
      continue
    }
    // The time of the next look also depends on contracts, and a wrong one costs one look at most: the stored value is used.
    const derived = { ...projectExecution(folded.value), wakeAt: row.wakeAt }
    noteOpen(derived)
    projections.push(
      ...differingRows(
        { execution: row, approvals },
        { execution: derived, approvals: projectApprovals(folded.value) },
      ),
    )
  }
  const rights = judgeRights(await rows.rights(), facts).map(withPolicyRead)
  return { verified, broken, projections, unprojected, open, rights, texts, strays: await rows.strays() }
}

/** The digests under which a different text is stored, the mode map of each policy set by its source, and all contracts. */
async function readTexts(rows: RestoredRows) {
  const texts: Digest[] = []
  const policies = new Map<Digest, Digest>()
  const contracts = new Map<string, NamedContract>()
  const locks = new Set(await rows.locks())
  for await (const text of rows.texts()) {
    const modeMap = modeMapDigestOf(text)
    if (blobDigest(text.bytes) !== text.digest) texts.push(text.digest)
    else if (modeMap !== null) policies.set(text.digest, modeMap)
    else if (locks.has(text.digest))
      for (const [digest, contract] of contractsIn(text.bytes)) contracts.set(digest, contract)
  }
  return { texts, policies, contracts }
}

function contractsIn(bytes: Uint8Array): ReadonlyMap<string, NamedContract> {
  const lock = readLock(bytes)
  return contractsByDigest(lock.ok ? Object.values(lock.value.contracts).map(({ document }) => document) : [])
}

const rightFactsOf = (entries: readonly TraceEntry[]): readonly RightFact[] =>
  entries.flatMap((entry) => {
    if (!aboutRights.has(entry.head.kind)) return []
    const recorded = recordedFact(entry)
    if (!recorded.ok) return []
    const { tenant, executionId, time } = entry.head
    const requester = entries[0]?.head.principal.id ?? entry.head.principal.id
    return [{ tenant, executionId, time, requester, fact: recorded.value.fact }]
  })

const aboutRights: ReadonlySet<string> = new Set([
  "controlPlane.principal.added@1",
  "controlPlane.principal.disabled@1",
  "controlPlane.principal.enabled@1",
  "controlPlane.owner.recovered@1",
  "controlPlane.grant.given@1",
  "controlPlane.grant.revoked@1",
  "controlPlane.policy.activated@1",
])

/** The pointer has the texts and their digest: a row whose texts do not match the digest contradicts itself. */
function withPolicyRead(judged: JudgedRight): JudgedRight {
  const { right } = judged
  if (right.what !== "policy" || policySetDigestOf(right.source) === right.id) return judged
  return {
    right,
    standing: { made: "contradicted", executionId: null, because: "its texts do not have its digest" },
  }
}
