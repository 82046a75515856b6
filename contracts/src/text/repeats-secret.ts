// Whether a text from outside repeats a secret: as it is, escaped, or in the encodings that servers echo requests in.
// Owns: those readings. Does not own: what is done about one (an answer is withheld, a fault keeps no message).
// It finds what servers do by themselves: error pages, debug output, request echoes. A provider that means to hide a value can.
// Keeps INV-13: a text in which a secret can be read enters no trace and no log.

/** Shorter parts would be found by chance in what they are not in. */
const partCharsMin = 6
/** Escapes inside escapes that are undone: a JSON text inside a JSON text, or inside a page. */
const layersMax = 2

/** True when one of the secrets, or a part of one, can be read in the text. */
export function repeatsSecret(text: string, secrets: readonly string[]): boolean {
  const parts = secrets.flatMap(partsOf)
  const lower = parts.map((part) => part.toLowerCase())
  const hex = parts.map((part) => encoder.encode(part).toHex())
  const base64 = parts.flatMap(base64Forms)
  return [...readingsOf(text)].some(
    (reading) =>
      parts.some((part) => reading.includes(part)) ||
      holdsAny(reading.toLowerCase(), lower) ||
      holdsAny(hexOf(reading), hex) ||
      holdsAny(base64Of(reading), base64),
  )
}

const holdsAny = (text: string, needles: readonly string[]): boolean =>
  needles.some((needle) => needle.length >= partCharsMin && text.includes(needle))

// No slab of shared bytes: what is encoded here is a secret.
const encoder = new TextEncoder()

/** A secret, what follows its scheme (`Bearer`, `Basic`), and what a Basic credential says; each also as undone escapes spell it. */
function partsOf(secret: string): readonly string[] {
  const [, scheme = "", token = ""] = /^([A-Za-z][A-Za-z0-9-]*) +(.*)$/.exec(secret) ?? []
  const basic = /^basic$/i.test(scheme) ? ofBase64(token) : ""
  const parts = [token, basic, basic.slice(basic.indexOf(":") + 1)].filter(
    ({ length }) => length >= partCharsMin,
  )
  return [...new Set([secret, ...parts].flatMap((part) => [part, byteByByte(part)]))]
}

/** A character for each byte: `%C3%A9` is two escapes, and one letter. */
const byteByByte = (part: string): string =>
  Array.from(encoder.encode(part), (byte) => String.fromCharCode(byte)).join("")

/** The text, and what it says with escapes of one kind undone, and then of any kind again. */
function readingsOf(text: string): ReadonlySet<string> {
  const all = new Set([text])
  let last: readonly string[] = [text]
  for (let layer = 0; layer < layersMax; layer += 1) {
    last = last
      .flatMap((reading) => kinds.map((undo) => undo(reading)))
      .filter((reading) => !all.has(reading))
    for (const reading of last) all.add(reading)
  }
  return all
}

const named: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

/** One at a time: what is an escape to one is plain text to another. */
const kinds: readonly ((text: string) => string)[] = [
  // URLs
  (text) => text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => characterOf(hex, 16)),
  // JSON and JavaScript
  (text) =>
    text.replaceAll(
      /\\(?:u\{?([0-9A-Fa-f]{4,6})\}?|x([0-9A-Fa-f]{2})|([^ux]))/g,
      (_, unit: string | undefined, short: string | undefined, plain = "") =>
        unit === undefined && short === undefined
          ? /[nrtbf]/.test(String(plain))
            ? ""
            : String(plain)
          : characterOf(unit ?? short ?? "", 16),
    ),
  // HTML and XML
  (text) =>
    text.replaceAll(
      /&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g,
      (_, hex: string | undefined, decimal: string | undefined, name: string | undefined) =>
        named[name ?? ""] ?? (hex === undefined ? characterOf(decimal ?? "", 10) : characterOf(hex, 16)),
    ),
  // quoted-printable
  (text) =>
    text.replaceAll(/=\r?\n/g, "").replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => characterOf(hex, 16)),
]

function characterOf(digits: string, base: 10 | 16): string {
  const code = Number.parseInt(digits, base)
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : ""
}

/** The hexadecimal digits of a text one after another, however they are parted. */
const hexOf = (text: string): string => text.toLowerCase().replaceAll(/0x|\\x|[^0-9a-f]/g, "")

const base64Of = (text: string): string =>
  text
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replaceAll(/[^A-Za-z0-9+/]/g, "")

/** The bytes of a text in base64, a character for each; a digit that is left over is ignored. */
function ofBase64(text: string): string {
  const digits = base64Of(text)
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits)
}

/**
 * How a part is spelled in base64: by itself, and inside a longer text at each of the three places where it can begin, without
 * the ends, which depend on what is beside it.
 */
function base64Forms(part: string): readonly string[] {
  const bytes = encoder.encode(part)
  const inside = [0, 1, 2].map((before) => {
    const shifted = new Uint8Array(before + bytes.length)
    shifted.set(bytes, before)
    const whole = shifted.subarray(0, shifted.length - (shifted.length % 3)).toBase64()
    return whole.slice(before === 0 ? 0 : 4)
  })
  return [bytes.toBase64({ omitPadding: true }), ...inside]
}
