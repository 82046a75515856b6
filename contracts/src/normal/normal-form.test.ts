// The one spelling of each form: known spellings, what is refused, and that made-up spellings of one address are one.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { normalForm, targetForms } from "./normal-form.ts"

const spelling = (form: (typeof targetForms)[number], text: string): string | null => {
  const made = normalForm(form, text)
  return made.ok ? made.value : null
}

const admin = "https://host.example/admin"
test.each([
  ["https://host.example/%61dmin", admin],
  ["https://host.example/%61%64min", admin],
  ["https://host.example//admin", admin],
  ["https://host.example///admin", admin],
  ["HTTPS://HOST.Example/admin", admin],
  ["https://host.example:443/admin", admin],
  ["https://host.example:0443/admin", admin],
  ["https://host.example:/admin", admin],
  ["https://host.example./admin", admin],
  ["https://host.example/./admin", admin],
  ["https://host.example/x/../admin", admin],
  ["https://host.example/x/%2e%2e/admin", admin],
  ["https://host.example/x/.%2E/%2e/admin", admin],
  ["https://host.example/../../admin", admin],
  ["https://host.example/x/..//admin", admin],
  ["https://host.example/admin#there", admin],
  ["https://host.example/admin?", admin],
  ["https://%68ost.example/admin", admin],
  ["https://ｈｏｓｔ.example/admin", admin],
  ["https://host。example/admin", admin],
  ["http://host.example:80", "http://host.example/"],
  ["http://host.example:443/", "http://host.example:443/"],
  ["https://host.example?q=1", "https://host.example/?q=1"],
  ["https://BÜCHER.example/é", "https://xn--bcher-kva.example/%C3%A9"],
  ["https://bücher.example/%c3%a9", "https://xn--bcher-kva.example/%C3%A9"],
  ["http://2130706433/", "http://127.0.0.1/"],
  ["http://0x7f.1/", "http://127.0.0.1/"],
  ["http://0177.0.0.1/", "http://127.0.0.1/"],
  ["http://127.1./", "http://127.0.0.1/"],
  ["http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"],
  ["http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"],
  ["http://[::FFFF:127.0.0.1]:8080/", "http://127.0.0.1:8080/"],
  [
    "https://host.example/a%20b?x=%2f%3d%7E&y=[1]&z=%e2%82%ac",
    "https://host.example/a%20b?x=%2F%3D~&y=%5B1%5D&z=%E2%82%AC",
  ],
  ["https://host.example/a%5Bb%5d", "https://host.example/a%5Bb%5D"],
  ["https://host.example/a[b]", "https://host.example/a%5Bb%5D"],
  ["https://host.example/u/@me:x!$&'()*+,=", "https://host.example/u/@me:x!$&'()*+,="],
  ["https://host.example/100%25", "https://host.example/100%25"],
  [
    "https://host.example/?next=https%3A%2F%2Fb%2F%2561",
    "https://host.example/?next=https%3A%2F%2Fb%2F%2561",
  ],
])("the address %j is spelled %j", (text, spelled) => {
  expect(spelling("url", text)).toBe(spelled)
})

test.each([
  ["a user name", "https://user@host.example/"],
  ["an empty user name", "https://@host.example/"],
  ["a host hidden behind a user name", "https://host.example:443@evil.example/"],
  ["an escaped slash", "https://host.example/a%2Fadmin"],
  ["an escaped backslash", "https://host.example/a%5cadmin"],
  ["an escaped colon", "https://host.example/things/a%3Adelete"],
  ["an escaped plus", "https://host.example/a%2Bb"],
  ["a semicolon", "https://host.example/admin;x/"],
  ["an escaped semicolon", "https://host.example/%3B/admin"],
  ["a backslash", "https://host.example\\admin"],
  ["a tab", "https://host.example/\tadmin"],
  ["a line break", "https://ho\nst.example/admin"],
  ["a space", " https://host.example/"],
  ["an overlong escape", "https://host.example/%c0%ae%c0%ae/admin"],
  ["half a character", "https://host.example/%e9"],
  ["an escaped NUL", "https://host.example/admin%00.png"],
  ["an escape inside an escape", "https://host.example/%2561dmin"],
  ["an escape inside an escape, all escaped", "https://host.example/%25%36%31dmin"],
  ["a stray percent sign", "https://host.example/100%"],
  ["no escape", "https://host.example/%zz"],
  ["decomposed text", "https://host.example/e%CC%81"],
  ["another scheme", "ftp://host.example/"],
  ["a scheme alone", "https:/host.example/"],
  ["no host", "https:///host.example/"],
  ["an empty label", "https://host..example/"],
  ["two dots at the end", "https://host.example../"],
  ["a long label", `https://${"a".repeat(64)}.example/`],
  ["an impossible port", "https://host.example:99999/"],
  ["a name that is not an address", "https://1.2.3.4.5/"],
  ["broken punycode", "https://xn--\u{1f600}.example/"],
  ["a lone surrogate", "https://host.example/\ud800"],
  ["a relative address", "//host.example/admin"],
])("an address with %s is refused", (_what, text) => {
  expect(spelling("url", text)).toBeNull()
})

test.each([
  ["path", "./a", "a"],
  ["path", "a//b/./c/", "a/b/c"],
  ["path", "/etc//hosts", "/etc/hosts"],
  ["path", "e\u0301.txt", "\u00e9.txt"],
  ["path", "a/../b", null],
  ["path", "..", null],
  ["path", "a\\b", null],
  ["path", "a\0b", null],
  ["path", "a\u200db", null],
  ["path", "a /b", null],
  ["path", "a./b", null],
  ["path", " a", null],
  ["path", "", null],
  ["path", "./", null],
  ["email", "Ann@Example.COM.", "Ann@example.com"],
  ["email", "ann+x@bücher.example", "ann+x@xn--bcher-kva.example"],
  ["email", "Ann <ann@example.com>", null],
  ["email", '"a b"@example.com', null],
  ["email", "a@b@example.com", null],
  ["email", "a..b@example.com", null],
  ["email", "ann@localhost", null],
  ["email", "ann@127.1", null],
  ["email", "ann@[::1]", null],
  ["email", " ann@example.com", null],
  ["host", "API.Example.com.", "api.example.com"],
  ["host", "0x7f.1", "127.0.0.1"],
  ["host", "[::FFFF:10.0.0.1]", "10.0.0.1"],
  ["host", "2001:DB8:0:0::1", "2001:db8::1"],
  ["host", "bücher.example", "xn--bcher-kva.example"],
  ["host", "example.com:443", null],
  ["host", "example.com/x", null],
  ["host", "user@example.com", null],
  ["host", "", null],
  ["host", ".", null],
] as const)("%s: %j is spelled %j", (form, text, spelled) => {
  expect(spelling(form, text)).toBe(spelled)
})

// ── properties ──

const unreserved = fc.constantFrom(..."abcXYZ019-._~".split(""))
const segment = fc
  .string({ unit: unreserved, minLength: 1, maxLength: 5 })
  .filter((text) => !/^\.+$/.test(text))
const segments = fc.array(segment, { minLength: 1, maxLength: 4 })
const label = fc.string({ unit: fc.constantFrom(..."abcxyz".split("")), minLength: 1, maxLength: 5 })
const address = fc.record({
  scheme: fc.constantFrom("http", "https"),
  host: fc.array(label, { minLength: 2, maxLength: 3 }).map((labels) => labels.join(".")),
  path: segments,
})
/** Random choices, one a character or place. */
const choices = fc.array(fc.nat(5), { minLength: 60, maxLength: 60 })

const written = (character: string, choice: number): string => {
  const code = character.charCodeAt(0).toString(16)
  return choice === 0 ? `%${code}` : choice === 1 ? `%${code.toUpperCase()}` : character
}

describe("made-up spellings", () => {
  test("of one address, as a client would request it, are one value", () => {
    fc.assert(
      fc.property(address, choices, ({ scheme, host, path }, dice) => {
        const roll = (at: number): number => dice[at % dice.length] ?? 0
        const between = ["/", "//", "/./", "/%2e/", "/x/../", "/y/.%2E/"]
        const spelledPath = path
          .map(
            (name, i) =>
              `${between[roll(i)] ?? "/"}${Array.from(name, (one, j) => written(one, roll(i + j + 7))).join("")}`,
          )
          .join("")
        const spelledHost = Array.from(host, (one, i) => (roll(i + 20) === 0 ? one.toUpperCase() : one)).join(
          "",
        )
        const port = roll(31) === 0 ? (scheme === "http" ? ":80" : ":443") : ""
        const text = `${roll(30) === 0 ? scheme.toUpperCase() : scheme}://${spelledHost}${roll(32) === 0 ? "." : ""}${port}${spelledPath}${roll(33) === 0 ? "#x" : ""}`
        expect(spelling("url", text)).toBe(`${scheme}://${host}/${path.join("/")}`)
      }),
    )
  })

  test("of anything are refused, or are what the client sends, and spelled once", () => {
    const odd = fc.string({
      unit: fc.constantFrom(
        ..."ab/.%25e2fF@:?#;&=[]\\+ é".split(""),
        "%2e",
        "%2f",
        "%61",
        "..",
        "//",
        "%c3%a9",
        "xn--",
      ),
      maxLength: 14,
    })
    let kept = 0
    fc.assert(
      fc.property(odd, (tail) => {
        const text = `https://a.example${tail}`
        const spelled = spelling("url", text)
        if (spelled === null) return
        kept += 1
        const [asked, sent] = [new URL(text), new URL(spelled)]
        expect(sent.href).toBe(spelled)
        expect(spelling("url", spelled)).toBe(spelled)
        expect(sent.username + sent.password + sent.hash).toBe("")
        const plain = (url: URL): string => decodeURIComponent(url.pathname.replaceAll(/\/{2,}/g, "/"))
        expect(plain(sent)).toBe(plain(asked))
        expect(sent.host).toBe(asked.host.replace(/\.(?=:|$)/, ""))
      }),
      { numRuns: 3000 },
    )
    expect(kept).toBeGreaterThan(300)
  })

  test("a rule on the start of a path sees every spelling of what lies below", () => {
    fc.assert(
      fc.property(segments, choices, (path, dice) => {
        const text = `https://a.example${path.map((name, i) => `${dice[i] === 0 ? "//" : "/"}${Array.from(name, (one, j) => written(one, dice[i + j] ?? 9)).join("")}`).join("")}`
        expect(spelling("url", text)?.startsWith(`https://a.example/${path[0] ?? ""}`)).toBe(true)
      }),
    )
  })

  test.each(targetForms)("%s: no text makes it throw, and a spelling of a spelling is itself", (form) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.emailAddress(), fc.webUrl(), fc.domain()),
        (text) => {
          const spelled = spelling(form, text)
          if (spelled !== null) expect(spelling(form, spelled)).toBe(spelled)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
