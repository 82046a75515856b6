// Planted violations of the layering table and of the manifests, each with what the check must say of it.
// Owns: those faults. A fault that passes fails the build.

import { header, inPlanner, manifest, type Planted } from "./planted.ts"

const layering = "imports follow the table"
const entry = "packages are entered by name"
const manifests = "manifests follow the table"

const imports: readonly (readonly [
  check: string,
  fault: string,
  path: string,
  code: string,
  says: string,
])[] = [
  [layering, "a sibling", "planner/src/fault.ts", `import { a } from "@counterfoil/store"`, "leads to store"],
  [
    layering,
    "a type alone",
    "planner/src/fault.ts",
    `import type { A } from "@counterfoil/policy"`,
    "leads to policy",
  ],
  [
    layering,
    "an inline type",
    "policy/src/fault.ts",
    `type A = import("@counterfoil/store").A`,
    "leads to store",
  ],
  [
    layering,
    "a re-export",
    "planner/src/fault.ts",
    `export { a } from "@counterfoil/replay"`,
    "leads to replay",
  ],
  [
    layering,
    "a dynamic import",
    "planner/src/fault.ts",
    `await import("@counterfoil/store")`,
    "leads to store",
  ],
  [layering, "a computed import", "planner/src/fault.ts", "await import(name)", "cannot be checked"],
  [layering, "a library", "planner/src/fault.ts", `import { z } from "zod"`, "is not allowed"],
  [
    layering,
    "Node in pure code",
    "planner/src/fault.ts",
    `import { readFileSync } from "node:fs"`,
    "is not allowed",
  ],
  [
    layering,
    "the shell in the core",
    "executor/core/src/fault.ts",
    `import { a } from "@counterfoil/round"`,
    "leads to executor/round",
  ],
  [
    layering,
    "ts-rest outside http.ts",
    "contracts/src/fault.ts",
    `import { a } from "@ts-rest/core"`,
    "confined to",
  ],
  [
    layering,
    "hashing outside digest",
    "contracts/src/fault.ts",
    `import { a } from "node:crypto"`,
    "confined to",
  ],
  [
    layering,
    "the barrel of effect",
    "executor/worker/src/fault.ts",
    `import { Effect } from "effect"`,
    "is refused",
  ],
  [
    layering,
    "a test room",
    "adapters/server/src/fault.ts",
    `import { a } from "../../../test/laws.ts"`,
    "leads to test",
  ],
  [
    layering,
    "the gate in the worker",
    "executor/worker/src/fault.ts",
    `import { a } from "@counterfoil/gate"`,
    "leads to executor/gate",
  ],
  [
    layering,
    "the worker in the gate",
    "executor/gate/src/fault.ts",
    `import { a } from "@counterfoil/worker"`,
    "leads to executor/worker",
  ],
  [
    layering,
    "the store in the gate",
    "executor/gate/src/fault.ts",
    `import { a } from "@counterfoil/store"`,
    "leads to store",
  ],
  [layering, "Node in the round", "executor/round/src/fault.ts", `import "node:fs"`, "is not allowed"],
  [
    layering,
    "the contracts in the second verifier",
    "replay/verifier/src/fault.ts",
    `import { a } from "@counterfoil/contracts"`,
    "leads to contracts",
  ],
  [
    layering,
    "the server in the handlers",
    "adapters/handlers/src/fault.ts",
    `import { a } from "@counterfoil/server/http"`,
    "leads to adapters/server",
  ],
  [
    layering,
    "the server in the agents' client",
    "adapters/sdk/src/fault.ts",
    `import { a } from "@counterfoil/server/http"`,
    "leads to adapters/server",
  ],
  [
    layering,
    "the command line in the server",
    "adapters/server/src/fault.ts",
    `import { a } from "@counterfoil/cli"`,
    "leads to adapters/cli",
  ],
  [
    layering,
    "fastify in the command line",
    "adapters/cli/src/fault.ts",
    `import { a } from "fastify"`,
    "is not allowed",
  ],
  [
    layering,
    "a fake of the store in a program",
    "adapters/cli/src/fault.ts",
    `import { a } from "@counterfoil/store/test"`,
    "is for tests alone",
  ],
  [
    entry,
    "a folder of a package",
    "planner/src/fault.ts",
    `import { a } from "@counterfoil/contracts/src/a.ts"`,
    "not opened",
  ],
  [
    entry,
    "a path past the name",
    "planner/src/fault.ts",
    `import { a } from "../../contracts/src/a.ts"`,
    "reaches past",
  ],
]

const manifestFaults: readonly (readonly [fault: string, fields: object, says: string])[] = [
  [
    "an undeclarable sibling",
    { dependencies: { "@counterfoil/store": "workspace:*" } },
    "store is not in the row",
  ],
  ["a forbidden library", { dependencies: { pg: "8.23.1" } }, "pg is not in the row"],
  ["a floating version", { optionalDependencies: { pg: "^8.0.0" } }, "floats"],
  ["an undeclared sibling", { dependencies: {} }, "contracts is not declared"],
  ["an open back door", { exports: { ".": "./src/index.ts", "./*": "./src/*" } }, "exports must be exactly"],
  ["another name", { name: "planner" }, "the name is"],
  [
    "a sibling for tests that shares nothing with them",
    { devDependencies: { "@counterfoil/policy": "workspace:*" } },
    "shares nothing",
  ],
]

const peers = "test/bench/peers/package.json"
const peersManifest = (dependencies: object): string =>
  JSON.stringify({ name: "peers", private: true, dependencies })

const single: readonly Planted[] = [
  {
    check: manifests,
    fault: "a peer of a floating version",
    files: { [peers]: peersManifest({ pg: "^8.0.0" }) },
    at: peers,
    says: "floats",
  },
  {
    check: manifests,
    fault: "a package of ours among the peers",
    files: { [peers]: peersManifest({ "@counterfoil/store": "workspace:*" }) },
    at: peers,
    says: "is ours",
  },
  {
    check: "every source parses",
    fault: "broken syntax",
    files: inPlanner("const ="),
    at: "planner/src/fault.ts",
    says: "Unexpected token",
  },
  {
    check: "every source has a room",
    fault: "a folder of its own",
    files: { "extras/a.ts": "" },
    at: "extras/a.ts",
    says: "no folder of the table",
  },
  {
    check: "imports have no cycle",
    fault: "two files, one by type alone",
    files: {
      "planner/src/a.ts": `import { b } from "./b.ts"`,
      "planner/src/b.ts": `import type { A } from "./a.ts"`,
    },
    at: "planner/src/a.ts",
    says: "planner/src/a.ts → planner/src/b.ts → planner/src/a.ts",
  },
  {
    check: "folders of a package have no cycle",
    fault: "two folders, by four files",
    files: {
      "planner/src/left/a.ts": `import { b } from "../right/b.ts"`,
      "planner/src/left/c.ts": "",
      "planner/src/right/b.ts": "",
      "planner/src/right/d.ts": `import type { C } from "../left/c.ts"`,
    },
    at: "planner/src/left",
    says: "planner/src/right/d.ts imports planner/src/left/c.ts",
  },
]

/** Every planted fault of the import graph and the manifests. */
export const layerFaults: readonly Planted[] = [
  ...imports.map(([check, fault, path, code, says]) => {
    return { check, fault, files: { [path]: header + code }, at: `${path}:4`, says }
  }),
  ...manifestFaults.map(([fault, fields, says]) => {
    const path = "planner/package.json"
    return { check: manifests, fault, files: { [path]: manifest(fields) }, at: path, says }
  }),
  ...single,
]
