import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import { ownershipOf } from "./owns-database.ts"

describe("what a login is to the database that another one works on", { timeout: 60_000 }, () => {
  let fixture: PostgresFixture
  beforeAll(async () => {
    fixture = await openPostgresFixture()
  }, 60_000)
  afterAll(() => fixture.close())

  test("INV-06 the login that owns its tables is its owner, and the one that processes work with is not", async () => {
    const { ownerUrl, url } = fixture.database
    expect(await ownershipOf(ownerUrl, url)).toBe("owner")
    expect(await ownershipOf(ownerUrl, ownerUrl)).toBe("owner")
    expect(await ownershipOf(url, url)).toBe("notOwner")
  })

  test("INV-06 the owner of another database is elsewhere, also when it owns tables there", async () => {
    const { ownerUrl, url } = fixture.database
    const another = await openPostgresFixture()
    try {
      expect(await ownershipOf(another.database.ownerUrl, url)).toBe("elsewhere")
      expect(await ownershipOf(ownerUrl, another.database.url)).toBe("elsewhere")
    } finally {
      await another.close()
    }
  })
})
