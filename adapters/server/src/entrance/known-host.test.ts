import { describe, expect, test } from "vitest"
import { isKnownHost } from "./known-host.ts"

const named = ["control.acme.test"]

describe("a name in a Host header is known", () => {
  test.each([
    "127.0.0.1",
    "127.0.0.1:7420",
    "10.0.0.7:7420",
    "[::1]:7420",
    "[2001:db8::1]",
    "localhost",
    "LOCALHOST:7420",
    "localhost.",
    "plane.localhost",
    "counterfoil:7420",
    "counterfoil.default.svc",
    "counterfoil.default.svc.cluster.local:7420",
    "control.acme.test",
    "Control.Acme.Test:443",
  ])("%s", (host) => {
    expect(isKnownHost(host, named)).toBe(true)
  })
})

describe("a name that an attacker can resolve to this machine is not", () => {
  test.each([
    "",
    "evil.example",
    "evil.example:7420",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evilcontrol.acme.test",
    "control.acme.test.evil.example",
    "svc.evil.example",
    "user@localhost",
    "localhost/..",
    "localhost:7420:7420",
    "a b",
    "evil.example#localhost",
  ])("%s", (host) => {
    expect(isKnownHost(host, named)).toBe(false)
  })
})
