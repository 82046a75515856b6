// What no text from outside may repeat: a secret in the forms in which servers echo what they were sent.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { repeatsSecret } from "./repeats-secret.ts"

const secret = 'sk_live/9f+Q=x&7"Z~'
const base64 = (text: string) => Buffer.from(text).toString("base64")
const each = (text: string, form: (code: number, character: string) => string) =>
  Array.from(text, (character) => form(character.charCodeAt(0), character)).join("")
const hex = (code: number) => code.toString(16).padStart(2, "0")

const forms: readonly (readonly [string, (text: string) => string])[] = [
  ["as it is", (text) => text],
  ["escaped for a URL", encodeURIComponent],
  ["escaped for a URL twice", (text) => encodeURIComponent(encodeURIComponent(text))],
  ["every character escaped for a URL", (text) => each(text, (code) => `%${hex(code)}`)],
  ["in JSON", (text) => JSON.stringify(text).slice(1, -1)],
  ["in JSON in JSON", (text) => JSON.stringify(JSON.stringify(text))],
  ["in JSON with slashes escaped", (text) => JSON.stringify(text).replaceAll("/", "\\/")],
  ["as \\u escapes", (text) => each(text, (code) => `\\u00${hex(code)}`)],
  ["as \\x escapes", (text) => each(text, (code) => `\\x${hex(code)}`)],
  ["in HTML", (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;")],
  ["as HTML numbers", (text) => each(text, (code) => `&#${code};`)],
  ["as HTML hexadecimal numbers", (text) => each(text, (code) => `&#x${hex(code)};`)],
  ["in quoted-printable", (text) => each(text, (code) => `=${hex(code).toUpperCase()}`)],
  ["in base64", base64],
  ["in base64 for URLs", (text) => Buffer.from(text).toString("base64url")],
  ["in base64 behind one character", (text) => base64(`u${text}`)],
  ["in base64 behind two characters", (text) => base64(`u:${text} and more`)],
  ["in base64 over several lines", (text) => base64(`user:${text}`).replaceAll(/(.{10})/g, "$1\r\n")],
  ["in base64 in JSON over lines", (text) => JSON.stringify(base64(text).replaceAll(/(.{10})/g, "$1\n"))],
  ["in hexadecimal", (text) => Buffer.from(text).toString("hex")],
  ["in hexadecimal, upper case, parted", (text) => each(text, (code) => `${hex(code).toUpperCase()}:`)],
  ["as a list of bytes", (text) => each(text, (code) => `0x${hex(code)}, `)],
  ["in lower case", (text) => text.toLowerCase()],
]

describe("a secret in an answer", () => {
  test.each(forms)("is found %s", (_what, form) => {
    expect(
      repeatsSecret(`{"debug": "authorization: ${form(secret)} (refused)"}`, ["other-secret", secret]),
    ).toBe(true)
  })

  test("is found in every form and at every place, with any content", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 60 }).filter((text) => /^[!-~]+$/.test(text)),
        fc.constantFrom(...forms),
        fc.string({ maxLength: 5 }),
        (any, [, form], around) => {
          expect(repeatsSecret(`${around} ${form(any)} ${around}`, [any])).toBe(true)
        },
      ),
    )
  })

  test("is found when its letters are no ASCII, and when it is short and by itself in base64", () => {
    expect(repeatsSecret(encodeURIComponent("Zoé-7-Zoé"), ["Zoé-7-Zoé"])).toBe(true)
    expect(repeatsSecret(`key ${base64("ab12")}.`, ["ab12"])).toBe(true)
  })

  test("is found without its scheme, and as what a Basic credential says", () => {
    expect(repeatsSecret("token abcdef012345 is old", ["Bearer abcdef012345"])).toBe(true)
    const basic = `Basic ${base64("robot:correct-horse")}`
    for (const answer of [
      "hello robot:correct-horse",
      "bad password correct-horse",
      base64("xrobot:correct-horse"),
    ])
      expect([answer, repeatsSecret(answer, [basic])]).toEqual([answer, true])
  })

  test("is not found in what does not hold it", () => {
    const page = JSON.stringify({
      id: 7,
      text: "Hello & goodbye",
      when: "2026-11-21T08:35:00Z",
      hash: "a".repeat(64),
    })
    expect(
      repeatsSecret(page.repeat(200), [secret, "Bearer abcdef012345", "Basic dXNlcjpwYXNzd29yZDE="]),
    ).toBe(false)
    expect(repeatsSecret("authorization: Bearer is required", ["Bearer abcdef012345"])).toBe(false)
    expect(repeatsSecret("", [secret])).toBe(false)
  })

  test("is looked for in little time, however long the answer and deep its escapes are", () => {
    const before = process.cpuUsage()
    repeatsSecret(
      "%25%32%35\\\\u0025&amp;".repeat(4_000),
      Array.from({ length: 20 }, (_, i) => `${secret}${i}`),
    )
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})
