// Text as UTF-8 bytes, many small ones to a slab.
// Owns: the encoding of this program's texts. Does not own: what the text means, nor whether it is well formed.
// An array of its own for each text is what costs: V8 keeps all but the smallest outside of its heap. A slab lives as long
// as any text in it, so what is longer gets its own.

const encoder = new TextEncoder()

// A UTF-16 unit takes at most 3 bytes; two 1 KB entries leave most of a slab free.
const bytesPerUnitMax = 3
const slabBytes = 64 * 1024
const unitsInSlabMax = 4 * 1024

let slab = new Uint8Array(slabBytes)
let used = 0

/** UTF-8 of `text`, never to be written to. A lone surrogate becomes U+FFFD: callers look for them first. */
export function utf8Bytes(text: string): Uint8Array {
  if (text.length > unitsInSlabMax) return encoder.encode(text)
  if (used + text.length * bytesPerUnitMax > slabBytes) {
    slab = new Uint8Array(slabBytes)
    used = 0
  }
  const { written } = encoder.encodeInto(text, slab.subarray(used))
  const bytes = slab.subarray(used, used + written)
  used += written
  return bytes
}

/** Writes UTF-8 of `text` into `target` at `at`, which has room for three bytes a UTF-16 unit; answers where it ends. */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  // Ids, kinds and tags are ASCII: written here, they need no call into the engine.
  if (text.length <= asciiUnitsMax) {
    let index = 0
    for (; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) break
      target[at + index] = unit
    }
    if (index === text.length) return at + index
  }
  return at + encoder.encodeInto(text, target.subarray(at)).written
}

const asciiUnitsMax = 64
