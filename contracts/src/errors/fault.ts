// What a handler's code threw, as an operator may read it: the class, the code and one redacted line.
// Owns: the shape, and what is redacted by its form. Does not own: the values of secrets that a process has read, nor the forms in
// which one can be repeated (text/repeats-secret.ts).
// Keeps INV-13: a message is text from outside; every part that looks like a credential or an address with one is left out.

import { z } from "zod"
import { withoutUnseen } from "../text/escape.ts"
import { repeatsSecret } from "../text/repeats-secret.ts"
import type { Immutable } from "../primitives.ts"

/** Longest message of a fault: enough for one sentence of an author or of the system. */
const messageCharsMax = 200
const nameCharsMax = 80

/** A class such as `TypeError`, a code such as `ECONNRESET` where the error has one, and one line of text, redacted. */
export const Fault = z.strictObject({
  name: z.string().max(nameCharsMax),
  code: z.string().max(nameCharsMax).optional(),
  message: z.string().max(messageCharsMax),
})
export type Fault = Immutable<z.infer<typeof Fault>>

/**
 * The fault that a thrown value is. `secrets` are values that must not appear, in clear or encoded.
 * The name and the code are identifiers or absent; the message is one line of at most 200 characters.
 */
export function faultOf(thrown: unknown, secrets: readonly string[] = []): Fault {
  const message = thrown instanceof Error ? thrown.message : `threw a ${typeof thrown}`
  const code = thrown instanceof Error && "code" in thrown ? identifierOf(thrown.code) : null
  return {
    name: (thrown instanceof Error ? identifierOf(thrown.name) : null) ?? "Error",
    ...(code === null ? {} : { code }),
    message: redact(message, secrets),
  }
}

/** A fault without these values, for a process that knows more secrets than the place where the error was caught. */
export const withoutSecrets = (fault: Fault, secrets: readonly string[]): Fault => ({
  ...fault,
  message: redact(fault.message, secrets),
})

const identifierOf = (value: unknown): string | null =>
  typeof value === "string" && /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(value) && value.length <= nameCharsMax
    ? value
    : null

function redact(message: string, secrets: readonly string[]): string {
  const known = secrets.filter(({ length }) => length >= secretCharsMin).flatMap(spellingsOf)
  let text = message.toWellFormed().normalize("NFC").slice(0, scannedCharsMax)
  for (const secret of known) text = text.replaceAll(secret, withheld)
  // Encoded or escaped, it has no place of its own that could be cut out.
  if (repeatsSecret(text, known)) return withheld
  for (const form of credentialForms) text = text.replaceAll(form, withheld)
  return withoutUnseen(text, " ").replaceAll(/ +/g, " ").trim().slice(0, messageCharsMax)
}

/** How much of a message is looked at: a message can be a whole answer of a provider. */
const scannedCharsMax = 4_096
/** Shorter values hide nothing, and would be found by chance. */
const secretCharsMin = 4
const withheld = "[withheld]"

/** A secret as it was read, and as the normalised message would have it. */
const spellingsOf = (secret: string): readonly string[] => [
  ...new Set([secret, secret.toWellFormed().normalize("NFC")]),
]

/** What is taken for a credential wherever it is: the user part of an address, a query, a header's value, a long opaque word. */
const credentialForms: readonly RegExp[] = [
  /(?<=:\/\/)[^\s/@]{1,512}@/g,
  /(?<=https?:\/\/[^\s?#]{1,512})[?#]\S*/g,
  /\bauthorization\b["']?\s*[:=]\s*["']?(?:[a-z-]{1,20}\s+)?\S+/gi,
  /\b(?:bearer|basic|token|password|passwd|secret|authorization|api[-_]?key)\b["']?\s*[:= ]\s*\S+/gi,
  /\b[A-Za-z0-9+/_-]{24,}={0,2}/g,
]
