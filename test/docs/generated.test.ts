import { readdirSync } from "node:fs"
import { join } from "node:path"
import { asyncApi, openApi } from "@counterfoil/adapters"
import {
  contractIndex,
  contractPage,
  controlPlaneCapabilities,
  controlPlaneContracts,
  makeRegistry,
} from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const generated = join(rootFolder, "docs", "generated")
const pages = join(generated, "control-plane")

describe("documents that are made from the contracts are up to date (npm run golden -- --update)", () => {
  test.each(registry.contracts.map((contract) => [contract.ref, contract] as const))(
    "the page of %s",
    async (ref, contract) => {
      await expect(contractPage(contract, "../../errors")).toMatchFileSnapshot(join(pages, `${ref}.md`))
    },
  )

  test("the index lists every contract of the control plane", async () => {
    const head =
      "# Contracts of the control plane\n\nMade from the contracts by `npm run golden -- --update`. The same as machine-readable documents: [OpenAPI](openapi.json), [AsyncAPI](asyncapi.json).\nThe built-in handlers have a [page of their own](../handlers.md)."
    await expect(`${head}\n\n${contractIndex(registry.contracts, "control-plane")}\n`).toMatchFileSnapshot(
      join(generated, "README.md"),
    )
  })

  test("the OpenAPI document is what the server serves for the control plane", async () => {
    await expect(`${JSON.stringify(openApi(registry), null, 1)}\n`).toMatchFileSnapshot(
      join(generated, "openapi.json"),
    )
  })

  test("the AsyncAPI document is what the server serves for the control plane", async () => {
    await expect(`${JSON.stringify(asyncApi(registry), null, 1)}\n`).toMatchFileSnapshot(
      join(generated, "asyncapi.json"),
    )
  })

  test("no page is left of a contract that is gone", () => {
    expect(readdirSync(pages).toSorted()).toEqual(registry.contracts.map(({ ref }) => `${ref}.md`).toSorted())
  })
})
