// The one spelling of an http or https address, as the client sends it: what rules compare is what is requested.
// Owns: scheme, port, path, query (RFC 3986 §6.2.2 and §6.2.3, and the WHATWG URL parser that the client uses).
// Does not own: the host (normal-host.ts). What servers are known to read in different ways is refused, not guessed.

import { err, ok, type Result } from "../result.ts"
import { hostOf } from "./normal-host.ts"

/**
 * Lower case for scheme and host; no default port, empty query or fragment; dot segments and doubled slashes resolved;
 * characters that need no escape unescaped, all others escaped in upper case.
 */
export function normalUrl(text: string): Result<string, string> {
  // The parser drops tabs and line breaks, and reads a backslash as a slash.
  if (/[\u0000-\u0020\u007f-\u009f\\]/.test(text))
    return err("An address has no spaces, control characters or backslashes.")
  const [, authority] = /^https?:\/\/([^/?#]+)/i.exec(text) ?? []
  if (authority === undefined) return err("An address begins with http:// or https:// and a host.")
  if (authority.includes("@")) return err("An address carries no user name.")
  const url = URL.parse(text)
  if (url === null) return err("It is not an address.")
  const host = hostOf(url)
  if (!host.ok) return host
  const path = pathOf(url.pathname)
  if (!path.ok) return path
  const query = escaped(url.search.slice(1), inQuery)
  if (!query.ok) return query
  const name = host.value.includes(":") ? `[${host.value}]` : host.value
  const port = url.port === "" ? "" : `:${url.port}`
  return ok(`${url.protocol}//${name}${port}${path.value}${query.value === "" ? "" : `?${query.value}`}`)
}

function pathOf(pathname: string): Result<string, string> {
  // The parser has resolved dot segments, escaped ones too. Servers differ over doubled slashes: one is left.
  const segments = pathname
    .slice(1)
    .replaceAll(/\/{2,}/g, "/")
    .replace(/^\//, "")
  if (segments.includes(";"))
    return err("A path has no semicolon: some servers take what follows it for no part of the path.")
  const path = escaped(segments, inPath)
  if (!path.ok) return path
  const plain = decodeURIComponent(path.value)
  if (/[\u0000-\u001f\u007f]/.test(plain)) return err("A path has no escaped control characters.")
  if (plain !== plain.normalize("NFC")) return err("A path is not in Unicode's composed form (NFC).")
  if (/%[0-9a-f]{2}/i.test(plain)) return err("A path has an escape inside an escape.")
  return ok(`/${path.value}`)
}

/** Characters that stand for themselves, and those whose escape some servers take for the character and others do not. */
interface Part {
  readonly plain: RegExp
  readonly ambiguous: RegExp
}
const inPath: Part = { plain: /[A-Za-z0-9\-._~:@!$&'()*+,=/]/, ambiguous: /[/\\:@!$&'()*+,;=]/ }
const inQuery: Part = { plain: /[A-Za-z0-9\-._~:@!$&()*+,;=/?]/, ambiguous: /(?!)/ }
const unreserved = /[A-Za-z0-9\-._~]/

function escaped(text: string, { plain, ambiguous }: Part): Result<string, string> {
  let made = ""
  for (const [run] of text.matchAll(/(?:%[0-9A-Fa-f]{2})+|[^]/gu)) {
    if (run === "%") return err("A percent sign that begins no escape is itself escaped, as %25.")
    if (!run.startsWith("%")) {
      made += plain.test(run) ? run : escapeOf(run)
      continue
    }
    const characters = unescaped(run)
    if (characters === null) return err("An escape is not UTF-8.")
    if (ambiguous.test(characters))
      return err("A slash, or another character that a path may have as it is, is not escaped in a path.")
    for (const character of characters) made += unreserved.test(character) ? character : escapeOf(character)
  }
  return ok(made)
}

// `encodeURIComponent` leaves these, and the parser escapes the quote in a query.
const escapeOf = (character: string): string =>
  encodeURIComponent(character).replaceAll(
    /[!'()*]/g,
    (left) => `%${left.charCodeAt(0).toString(16).toUpperCase()}`,
  )

function unescaped(run: string): string | null {
  try {
    return decodeURIComponent(run)
  } catch {
    return null // not UTF-8: a stray byte, or a character in more bytes than it needs
  }
}
