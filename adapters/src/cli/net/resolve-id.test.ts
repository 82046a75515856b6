import { describe, expect, test } from "vitest"
import { chooseId, resolveId } from "./resolve-id.ts"

const ids = [
  "exe_01kaz3v8g0e8r4n2t6w0y3b5d7",
  "exe_01kaz3v8g0e8r4n2t6w0y3b5d8",
  "exe_02kaz3v8g0e8r4n2t6w0y3b5d7",
]

describe("ids by a unique prefix", () => {
  test("a prefix of one id is that id", () => {
    expect(chooseId("exe_02ka", ids)).toBe(ids[2])
  })

  test("CLI-23 an ambiguous prefix lists the candidates and chooses none", () => {
    expect(refusal("exe_01ka")).toMatchObject({
      message: "exe_01ka is not unique.",
      parts: { code: "ID_AMBIGUOUS", ends: "usage", lines: ids.slice(0, 2) },
    })
  })

  test("what is whole, or shorter than four characters, is asked of nobody", async () => {
    const nobody = () => {
      throw new Error("asked")
    }
    expect(await resolveId("executionId", ids[0] ?? "", nobody)).toBe(ids[0])
    expect(await resolveId("executionId", "exe_01k", nobody)).toBe("exe_01k")
  })

  test("a prefix of nothing is not found, which is not usage", () => {
    expect(refusal("exe_9999")).toMatchObject({ parts: { ends: "failed" } })
  })
})

function refusal(typed: string): unknown {
  try {
    return chooseId(typed, ids)
  } catch (cause) {
    return cause
  }
}
