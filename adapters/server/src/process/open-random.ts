// The randomness of a process, read from the operating system one page at a time.
// Does not own: what the bytes are used for.
// A system call for each id took a fiftieth of the time of an execution. No byte is returned twice, and returned bytes are
// erased from the page.

import { randomFillSync } from "node:crypto"
import type { Random } from "@counterfoil/contracts/ports"

const pageBytes = 4_096

/** A source with a page of its own, filled at the first draw. */
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
