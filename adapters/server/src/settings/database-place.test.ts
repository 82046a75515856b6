import { describe, expect, test } from "vitest"
import { databasePlace, namedDatabase } from "./database-place.ts"

const url = "postgres://user:hunter2@db:5432/counterfoil"

describe("the database by its variables", () => {
  test("is the named one for all logins, or each by its own variable", () => {
    const logins = { DATABASE_OWNER_URL: "postgresql://owner@db/c", DATABASE_ERASER_URL: "" }
    expect(namedDatabase({ DATABASE_URL: url })).toEqual({ url, ownerUrl: url, eraserUrl: url, folder: null })
    expect(namedDatabase({ DATABASE_URL: url, ...logins })).toMatchObject({
      ownerUrl: "postgresql://owner@db/c",
      eraserUrl: url,
    })
    expect(namedDatabase({ DATABASE_URL: "/run/postgresql counterfoil" })).not.toBeNull()
  })

  test("is null where the variable is not set, and refused where it is set and empty", () => {
    expect(namedDatabase({})).toBeNull()
    expect(() => databasePlace({})).toThrow("DATABASE_URL names no database")
    for (const empty of ["", "  "])
      expect(() => namedDatabase({ DATABASE_URL: empty })).toThrow(
        "DATABASE_URL names no database. It is set and empty",
      )
  })

  test("INV-13 the error for a value that is not an address names the variable and does not quote the value", () => {
    const wrong = { DATABASE_URL: url, DATABASE_OWNER_URL: "mysql://user:hunter2@db/c" }
    expect(() => namedDatabase(wrong)).toThrow(/^DATABASE_OWNER_URL is not the address/)
    expect(() => namedDatabase(wrong)).not.toThrow(/hunter2/)
    expect(() => namedDatabase({ DATABASE_URL: "db:5432/counterfoil" })).toThrow(
      "DATABASE_URL is not the address",
    )
  })
})
