import { describe, expect, test } from "vitest"
import { controlPlaneContracts } from "../control-plane/control-plane.ts"
import type { Json } from "../json/json.ts"
import { contractOfDocument } from "./from-document.ts"

describe("a contract's document", () => {
  test("leads back to the same pin and document, for every contract of the control plane", () => {
    const pins = controlPlaneContracts
      .map(({ document }) => contractOfDocument(document)?.contract)
      .map((found) => [found?.pin, found?.documentDigest])
    expect(pins).toEqual(controlPlaneContracts.map(({ pin, documentDigest }) => [pin, documentDigest]))
  })

  test("parses what the contract parses, defaults included, and refuses what it refuses", () => {
    for (const contract of controlPlaneContracts) {
      if (contract.kind === "event" || contract.kind === "intent") continue
      const documented = contractOfDocument(contract.document)?.contract
      if (documented?.kind !== contract.kind) throw new Error(`${contract.ref} has no document`)
      const inputs: readonly Json[] = [
        ...(contract.document["examples"] as readonly { readonly input: Json }[]).map(({ input }) => input),
        {},
        null,
        { extra: 1 },
      ]
      expect(
        inputs.map((input) => documented.input.safeParse(input)).map(({ success, data }) => [success, data]),
      ).toEqual(
        inputs.map((input) => contract.input.safeParse(input)).map(({ success, data }) => [success, data]),
      )
    }
  })

  test("of another meaning has another pin, and one of an unknown form gives no contract", () => {
    const [first] = controlPlaneContracts
    const other = contractOfDocument({ ...first?.document, capability: "control-plane.audit" })
    expect(other?.contract.digest).not.toBe(first?.digest)
    expect(contractOfDocument({ kind: "command" })).toBeNull()
  })
})
