// UTF-8 as text, strictly: nothing is replaced by U+FFFD, no byte order mark is dropped.
// Owns: decoding and counting. Does not own: what the text means (parse-json.ts).

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text of these bytes, or undefined when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined // The decoder's only way to say that the bytes are not UTF-8.
  }
}

/** Bytes that `text` takes in UTF-8. */
export const utf8Length = (text: string): number => encoder.encode(text).length

/** Offset of the first byte that is not UTF-8; the length when the bytes end inside a character. */
export function invalidUtf8At(bytes: Uint8Array): number {
  let [valid, invalid] = [0, bytes.length + 1]
  while (valid + 1 < invalid) {
    const middle = Math.floor((valid + invalid) / 2)
    if (startsAsUtf8(bytes.subarray(0, middle))) valid = middle
    else invalid = middle
  }
  return valid
}

function startsAsUtf8(bytes: Uint8Array): boolean {
  try {
    // Streaming, so that a character cut at the end is not an error. Not the shared decoder, which would keep the cut part.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false // As above.
  }
}
