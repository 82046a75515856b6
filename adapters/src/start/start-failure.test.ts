import { describe, expect, test } from "vitest"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { startFailure } from "./start-failure.ts"

const places = { hosts: ["0.0.0.0", "api.internal"], database: "DATABASE_URL" }
const coded = (code: string, more: object = {}): Error => Object.assign(new Error("no"), { code, ...more })

describe("a process that cannot start says why", () => {
  test.each([
    [coded("ECONNREFUSED"), "The database of DATABASE_URL cannot be reached (ECONNREFUSED)."],
    [
      coded("ENOTFOUND", { hostname: "db.internal" }),
      "The database of DATABASE_URL cannot be reached (ENOTFOUND).",
    ],
    [coded("28P01"), "The database of DATABASE_URL refuses this login or has no such database (28P01)."],
    [
      coded("42501"),
      "The login of DATABASE_URL lacks a right (42501); README.md says which logins there are.",
    ],
    [coded("EADDRINUSE"), "A port is taken on this machine: choose others with --port and --metrics-port."],
    [
      coded("EADDRNOTAVAIL"),
      "An address of --host or --metrics-host is none of this machine (EADDRNOTAVAIL).",
    ],
    [
      coded("ENOTFOUND", { hostname: "api.internal" }),
      "An address of --host or --metrics-host is none of this machine (ENOTFOUND).",
    ],
    [coded("EACCES"), "This account may not listen on that port: choose one from 1024 on."],
  ])("%o", (error, sentence) => {
    expect(startFailure(error, places)).toBe(sentence)
    const wrapped = new StoreUnavailable("the store cannot be reached", { cause: error })
    expect(startFailure(wrapped, places)).toBe(sentence)
  })

  test("what nobody can mend by a setting has no sentence here", () => {
    expect(startFailure(new TypeError("x is not a function"), places)).toBeNull()
    expect(startFailure(coded("23505"), places)).toBeNull()
  })
})
