// Fetching a lock from a running server.
// Owns: patience, the limit, and to whom a token is shown. Does not own: what is made of the bytes (baseline.ts).

/** Whom to ask as. The token is shown to the server that it belongs to and to no other. */
export interface Asker {
  readonly url: string
  readonly token: string | null
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** No lock is as long. */
const bytesMax = 64 * 1024 * 1024

/** The bytes at a url. Throws when nobody answers in time, with another status than 200, or with too much. */
export async function fetchBytes(
  url: URL,
  { url: known, token, timeoutMs, signal }: Asker,
): Promise<Uint8Array> {
  const own = token !== null && new URL(known).origin === url.origin
  const response = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headers: { accept: "application/json", ...(own ? { authorization: `Bearer ${token}` } : {}) },
  })
  if (response.status !== 200) throw new Error(`it answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<unknown> | null = response.body
  for await (const chunk of body ?? []) {
    if (!(chunk instanceof Uint8Array)) continue // a body of bytes has nothing else
    length += chunk.length
    if (length > bytesMax) throw new Error(`it is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
