// What an agent's program loads with the SDK: the client, the contracts, and nothing of the server.

import { describe, expect, test } from "vitest"
import { importsOf } from "../architecture/import-graph.ts"
import { readTree, rootFolder } from "../architecture/source-tree.ts"

const entry = "adapters/sdk/src/index.ts"
const { sources } = readTree(rootFolder)
const byPath = new Map(sources.map((source) => [source.path, source]))

function reached(): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const files = new Set([entry])
  const packages = new Set<string>()
  for (const path of files) {
    const source = byPath.get(path)
    if (source === undefined) throw new Error(`${path} was not read`)
    for (const { target } of importsOf(source)) {
      if (target.kind === "file") files.add(target.path)
      else if (target.kind === "entry") packages.add(target.path.split("/")[0] ?? target.path)
      else if (target.kind === "library") packages.add(target.name)
      else packages.add(target.kind)
    }
  }
  return { files: [...files].toSorted(), packages: [...packages].toSorted() }
}

describe("the SDK", () => {
  const { files, packages } = reached()

  test("is its own folder", () => {
    expect(files.filter((path) => !path.startsWith("adapters/sdk/src/"))).toEqual([])
    expect(files).toContain("adapters/sdk/src/http-transport.ts")
  })

  test("loads the contracts, the NATS client and Node's own modules", () => {
    expect(packages).toEqual([
      "@nats-io/transport-node",
      "contracts",
      "node:crypto",
      "node:timers/promises",
      "zod",
    ])
  })
})
