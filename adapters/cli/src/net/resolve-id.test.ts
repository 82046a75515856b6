import { describe, expect, test } from "vitest"
import type { z } from "zod"
import {
  Digest,
  ExecutionId,
  GrantId,
  HumanId,
  jsonSchemaOf,
  PrincipalId,
  StepId,
  Time,
} from "@counterfoil/contracts"
import { shortId } from "../print/words.ts"
import { chooseId, resolveId, takesOf } from "./resolve-id.ts"

const ids = [
  "exe_01kaz3v8g0e8r4n2t6w0y3b5d7",
  "exe_01kaz3v8g0e8r4n2t6w0y3b5d8",
  "exe_02kaz3v8g0e8r4n2t6w0y3b5d7",
]

describe("ids by a unique prefix", () => {
  test("a prefix of one id is that id", () => {
    expect(chooseId("exe_02ka", ids)).toBe(ids[2])
  })

  test("an ambiguous prefix lists the candidates and chooses none", () => {
    expect(refusal("exe_01ka")).toMatchObject({
      message: "exe_01ka is not unique.",
      parts: { code: "ID_AMBIGUOUS", ends: "usage", lines: ids.slice(0, 2) },
    })
  })

  test("a whole id, or a text shorter than four characters, causes no request", async () => {
    const nobody = () => {
      throw new Error("asked")
    }
    expect(await resolveId("id", ids[0] ?? "", nobody)).toBe(ids[0])
    expect(await resolveId("id", "exe_01k", nobody)).toBe("exe_01k")
  })

  test("a prefix of the random part counts too, so that four characters distinguish ids of one day", () => {
    expect(chooseId("exe_e8r4", ids.slice(1, 2))).toBe(ids[1])
    expect(chooseId("exe_e8r4n2t6w0y3b5d8", ids)).toBe(ids[1])
    expect(refusal("exe_e8r4")).toMatchObject({ parts: { code: "ID_AMBIGUOUS", lines: ids } })
  })

  test("a command accepts the short id that a terminal shows", () => {
    const page = { format: "human", terminal: true, colour: false, width: 80, now: 0, fields: [] } as const
    const minted = ["exe_01kaz3v8g0aaaabb2t6w0y3b5d", "exe_01kaz3v8g0bbbbcc2t6w0y3b5d"]
    for (const id of minted) expect(chooseId(shortId(page, id), minted)).toBe(id)
  })

  test("fields of principals accept names, fields of other ids prefixes, and text fields neither", () => {
    const takes = (schema: z.ZodType) => takesOf(jsonSchemaOf(schema, "input"))
    expect([PrincipalId, HumanId, ExecutionId, GrantId, StepId, Digest, Time].map(takes)).toEqual([
      "principal",
      "principal",
      "id",
      "id",
      "id",
      null,
      null,
    ])
  })

  test("a prefix of no id is not found, which is not a usage error", () => {
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
