// How long it takes to look for due work while very many executions wait.
// Owns: this figure. Does not own: the search (store). What waits is put there as rows alone and taken away again, so that
// the look into the database finds what was asked for.

import { invariant, WorkerId } from "@counterfoil/contracts"
import type { Installation } from "./installation.ts"
import type { Measure } from "./measure.ts"
import { quantile } from "./statistics.ts"

const looks = 50

/** Looks for due work beside `waiting` executions of which none is due. */
export const searchBesideWaiting =
  ({ owner, plane: { store } }: Installation, waiting: number): Measure =>
  async () => {
    await owner.query(
      `insert into execution
        select 'exe_' || lpad(n::text, 26, '0'), tenant, fence, head_seq, head_hash, null, null, clock_timestamp() + interval '1 hour',
          'waiting', tier, contract, requester, on_behalf_of, labels, true, false, created_at, updated_at, null, row
        from (select * from execution limit 1) one cross join generate_series(1, $1) as n`,
      [waiting],
    )
    await owner.query("analyze execution")
    try {
      const tookMs: number[] = []
      for (let look = 0; look < looks; look += 1) {
        const begunMs = performance.now()
        const claims = await store.claim(nobody, 64, 30)
        tookMs.push(performance.now() - begunMs)
        invariant(claims.length === 0, "INV-14", { claimed: claims.length })
      }
      return [{ figure: `a look for due work, ${waiting} waiting`, unit: "ms", value: quantile(tookMs, 0.5) }]
    } finally {
      await owner.query("delete from execution where status = 'waiting'")
    }
  }

const nobody = WorkerId.parse(`wrk_${"0".repeat(26)}`)
