// The second verifier's arithmetic of times against the one that wrote the trace: at the end of the calendar they could differ.
// It lies beside the verifier and not in it, where nothing may be imported but Node.

import { addMs as written, Time } from "@counterfoil/contracts"
import { expect, test } from "vitest"
import { addMs } from "@counterfoil/verifier"

test("a time is moved as traces are written, and to the last time of the calendar at most", () => {
  for (const from of ["2026-11-21T08:00:00.000Z", "9999-12-31T23:00:00.000Z"].map((text) => Time.parse(text)))
    for (const ms of [0, 3_599_999, 3_600_000, 864_000_000_000_000])
      expect(addMs(from, ms)).toBe(written(from, ms))
})
