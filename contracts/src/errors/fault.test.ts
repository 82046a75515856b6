// INV-13: what a fault keeps of a thrown message, and what it leaves out.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Fault, faultOf, withoutSecrets } from "./fault.ts"

const thrown = (message: string, more: object = {}) => Object.assign(new TypeError(message), more)

describe("a fault", () => {
  test("has the class, the code and the sentence of an error", () => {
    expect(faultOf(thrown("CRM answered 422", { code: "CRM_422" }))).toEqual({
      name: "TypeError",
      code: "CRM_422",
      message: "CRM answered 422",
    })
  })

  test("of a system error names what the system refused", () => {
    const error = Object.assign(new Error("listen EACCES: permission denied 0.0.0.0:80"), { code: "EACCES" })
    expect(faultOf(error)).toMatchObject({
      code: "EACCES",
      message: "listen EACCES: permission denied 0.0.0.0:80",
    })
  })

  test("of a value that is not an error says what kind of value it was, and nothing of it", () => {
    expect(faultOf("hunter2")).toEqual({ name: "Error", message: "threw a string" })
  })

  test("is one bounded line", () => {
    const { message } = faultOf(thrown(`one\n\u001b[31mtwo\u202e ${"word ".repeat(200)}`))
    expect(message).toMatch(/^one \[31mtwo word/)
    expect(message.length).toBeLessThanOrEqual(200)
  })

  test("keeps a class or code only where it is an identifier", () => {
    const error = thrown("no", { name: "A b", code: "x\ny" })
    expect(faultOf(error)).toEqual({ name: "Error", message: "no" })
  })

  test.each([
    ["postgres://counterfoil:hunter2@db/counterfoil refused", "hunter2"],
    ["GET https://api.example.com/v1?key=hunter2 failed", "hunter2"],
    ["sent Authorization: Bearer hunter2", "hunter2"],
    ['{"password":"hunter2"}', "hunter2"],
    ["token cft_0123456789abcdefghijklmnopqrstuv is unknown", "0123456789abcdef"],
  ])("INV-13 leaves out what looks like a credential: %s", (message, secret) => {
    expect(faultOf(thrown(message)).message).not.toContain(secret)
  })

  test("INV-13 leaves out a known secret, in clear, percent-encoded, in base64 and in hexadecimal", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 40, unit: "grapheme" }), (secret) => {
        const bytes = Buffer.from(secret)
        const forms = [
          secret,
          encodeURIComponent(secret),
          bytes.toString("base64url"),
          bytes.toString("base64").replace(/=+$/, ""),
          bytes.toString("hex"),
        ]
        for (const form of forms) {
          fc.pre(!"answered no [withheld]".includes(form.trim()))
          const said = faultOf(thrown(`answered ${form} no`), [secret])
          expect(said.message).not.toContain(form)
          expect(Fault.safeParse(said).success).toBe(true)
        }
      }),
    )
  })

  const secret = 'sk_live/9f+Q=x&7"Zé'
  test.each([
    ["in JSON", JSON.stringify(secret)],
    ["in JSON in JSON", JSON.stringify(JSON.stringify(secret))],
    ["escaped for a URL twice", encodeURIComponent(encodeURIComponent(secret))],
    ["in base64 behind a name", Buffer.from(`robot:${secret}`).toString("base64")],
    ["in hexadecimal, parted", Buffer.from(secret).toString("hex").replaceAll(/../g, "$&:")],
    ["in HTML", secret.replaceAll("&", "&amp;").replaceAll('"', "&quot;")],
  ])("INV-13 keeps nothing of a message that repeats a known secret %s", (_how, form) => {
    expect(faultOf(thrown(`no: ${form}`), ["other", secret])).toEqual({
      name: "TypeError",
      message: "[withheld]",
    })
  })

  test("INV-13 leaves out a known secret that crosses the end of the line, or that holds two spaces", () => {
    for (const [before, known] of [
      ["a ".repeat(98), "correct-horse-battery"],
      ["said ", "correct  horse"],
    ] as const)
      expect(faultOf(thrown(`${before}${known}`), [known]).message).not.toContain("correct")
  })

  test("INV-13 finds a known secret in any normal form", () => {
    const [composed, decomposed] = ["Zoé-7-Zoé", "Zoé-7-Zoé".normalize("NFD")]
    for (const said of [composed, decomposed])
      for (const known of [composed, decomposed])
        expect(faultOf(thrown(`no ${said} here`), [known]).message).toBe("no [withheld] here")
  })

  test("INV-13 loses more secrets where a process knows more", () => {
    expect(withoutSecrets({ name: "Error", message: "no for ab12" }, ["ab12"]).message).toBe(
      "no for [withheld]",
    )
  })
})
