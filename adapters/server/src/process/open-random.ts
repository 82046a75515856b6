// Randomness of a process, drawn from the operating system a page at a time.
// Owns: the page. Does not own: what the bytes are for.
// A draw for each id was a fiftieth of the path of an execution. No byte is handed out twice, and what was handed out is
// wiped from the page.

import { randomFillSync } from "node:crypto"
import type { Random } from "@counterfoil/contracts/ports"

const pageBytes = 4_096

/** An own page, filled at the first draw. */
export function openRandom(): Random {
  const page = Buffer.alloc(pageBytes)
  let used = pageBytes
  const bytes = (count: number): Uint8Array => {
    if (count > pageBytes) return randomFillSync(new Uint8Array(count))
    if (used + count > pageBytes) {
      randomFillSync(page)
      used = 0
    }
    const drawn = new Uint8Array(page.subarray(used, used + count))
    page.fill(0, used, used + count)
    used += count
    return drawn
  }
  return {
    bytes,
    unit: () => Buffer.from(bytes(unitBytes)).readUIntBE(0, unitBytes) / 2 ** (8 * unitBytes),
  }
}

const unitBytes = 6
