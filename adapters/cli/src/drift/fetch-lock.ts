// Fetches a lock from a running server.
// Owns: the time limit, the size limit, and which server gets a token. Does not own: parsing the bytes (baseline.ts).

/** The caller's token. It is sent only to the server that it belongs to. */
interface Asker {
  readonly url: string
  readonly token: string | null
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Longer than any lock. */
const bytesMax = 64 * 1024 * 1024

/** The bytes at a URL. Throws when the server does not answer in time, answers with a status other than 200, or sends more than the size limit. */
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
