// Planted violations: for every check at least one small tree that it must object to, and what it must say.
// Owns: the faults. A fault that passes fails the build, and so does a check without one.

/** One planted fault. `files` are laid over a clean tree; the finding stands `at` and its message contains `says`. */
export interface Planted {
  readonly check: string
  readonly fault: string
  readonly files: Readonly<Record<string, string>>
  readonly at: string
  readonly says: string
}

const header = "// Owns: one planted thing.\n// Does not own: anything else.\n\n"
const manifest = (fields: object): string =>
  JSON.stringify({
    name: "@counterfoil/planner",
    private: true,
    exports: { ".": "./src/index.ts", "./*": null },
    dependencies: { "@counterfoil/contracts": "workspace:*" },
    ...fields,
  })

/** A tree to which every check agrees: the ground that a fault is planted in. */
export const cleanTree: Readonly<Record<string, string>> = {
  "README.md": "# Start\n\nRead [the docs](docs/README.md).\n",
  "docs/README.md": "# Docs\n\n[Words](GLOSSARY.md), [invariants](INVARIANTS.md).\n",
  "docs/GLOSSARY.md":
    "# Words\n\n| word | meaning | not |\n| --- | --- | --- |\n| `Plan` | a DAG | `workflow` |\n",
  "docs/INVARIANTS.md": "# Invariants\n\n| id | state |\n| --- | --- |\n| INV-09 | kept |\n",
  "planner/package.json": manifest({}),
  "planner/src/index.ts": `${header}export { planOf } from "./plan.ts"\n`,
  "planner/src/plan.ts": `// Owns: plans.\n// Keeps INV-09.\n\n/** The plan. */\nexport const planOf = 1\n`,
  "planner/src/plan.test.ts": `import { test } from "vitest"\ntest("INV-09 steps run in order", () => undefined)\n`,
}

const inPlanner = (code: string): Readonly<Record<string, string>> => ({
  "planner/src/fault.ts": header + code,
})
const inTest = (code: string): Readonly<Record<string, string>> => ({ "planner/src/fault.test.ts": code })
const atFault = "planner/src/fault.ts:4"

const layering = "imports follow the table"
const entry = "packages are entered by name"
const manifests = "manifests follow the table"
const pure = "pure code has no hidden input"

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
    "executor/src/core/fault.ts",
    `import { a } from "../claim.ts"`,
    "leads to executor",
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
    "executor/src/fault.ts",
    `import { Effect } from "effect"`,
    "is refused",
  ],
  [
    layering,
    "a test room",
    "adapters/src/fault.ts",
    `import { a } from "../../test/laws.ts"`,
    "leads to test",
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

const globals: readonly (readonly [fault: string, code: string, says: string])[] = [
  ["the clock", "const a = Date.now()", "now: Time"],
  ["a new date", "const a = new Date()", "now: Time"],
  ["a date as text", "const a = Date()", "now: Time"],
  ["the monotonic clock", "const a = performance.now()", "now: Time"],
  ["randomness", "const a = Math.random()", "entropy"],
  ["a random id", "const a = crypto.randomUUID()", "entropy"],
  ["a timer", "setTimeout(() => undefined, 1)", "time to wake at"],
  ["an interval", "setInterval(() => undefined, 1)", "time to wake at"],
  ["the network", `const a = fetch("http://localhost")`, "the shell does it"],
  ["the environment", "const a = process.env", "adapters/wire.ts"],
  ["a way round by globalThis", "const a = globalThis.Math", "adapters/wire.ts"],
  ["a locale", `const a = "a".localeCompare("b")`, "code unit"],
  ["printing", `console.log("a")`, "the shell prints"],
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
]

const escapes: readonly (readonly [check: string, fault: string, code: string, says: string])[] = [
  ["types are not escaped", "as any", "const a = b as any", "fix the type"],
  ["types are not escaped", "as unknown as", "const a = b as unknown as string", "fix the type"],
  [
    "suppressions carry a reason",
    "an ignored type error",
    "// @ts-ignore because\nconst a = 1",
    "@ts-expect-error",
  ],
  ["suppressions carry a reason", "a silent expectation", "// @ts-expect-error\nconst a = 1", "say why"],
  [
    "suppressions carry a reason",
    "a silenced lint",
    "// oxlint-disable-next-line no-eval\nconst a = 1",
    "say why",
  ],
  ["no notes to self", "a to-do", "// TODO later\nconst a = 1", "open an issue"],
  ["exports are listed", "a star export", `export * from "./plan.ts"`, "list the names"],
  ["exports have a docstring", "a bare export", "export const a = 1", "a has no docstring"],
  ["exports have a docstring", "an export listed below", "const a = 1\nexport { a }", "a has no docstring"],
  [
    "exported names use the glossary's words",
    "a refused word",
    "export const runWorkflows = 1",
    "says `Plan`",
  ],
]

const single: readonly Planted[] = [
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
    check: "tests do not sleep",
    fault: "a timer in a test",
    files: inTest("await new Promise((done) => setTimeout(done, 50))"),
    at: "planner/src/fault.test.ts:1",
    says: "condition with a deadline",
  },
  {
    check: "tests do not sleep",
    fault: "a sleep of Node's",
    files: inTest(`import { setTimeout } from "node:timers/promises"`),
    at: "planner/src/fault.test.ts:1",
    says: "condition with a deadline",
  },
  {
    check: "nothing is mocked",
    fault: "a mocked module",
    files: inTest(`vi.mock("./plan.ts")`),
    at: "planner/src/fault.test.ts:1",
    says: "in-memory form",
  },
  {
    check: "sources have a header",
    fault: "no header",
    files: { "planner/src/fault.ts": "const a = 1\n" },
    at: "planner/src/fault.ts:1",
    says: "0 header lines",
  },
  {
    check: "files name their concept",
    fault: "a drawer for everything",
    files: { "planner/src/utils/a.ts": header },
    at: "planner/src/utils/a.ts",
    says: "name the concept",
  },
  {
    check: "index files are entries",
    fault: "an inner index",
    files: { "planner/src/draft/index.ts": header },
    at: "planner/src/draft/index.ts",
    says: "import where it is defined",
  },
  {
    check: "invariants are kept and shown",
    fault: "an invariant without a test",
    files: { "planner/src/plan.test.ts": "" },
    at: "docs/INVARIANTS.md",
    says: "INV-09 is in no test's title",
  },
  {
    check: "invariants are kept and shown",
    fault: "an invariant that no source names",
    files: { "planner/src/plan.ts": header },
    at: "docs/INVARIANTS.md",
    says: "INV-09 is named by no source",
  },
  {
    check: "invariants are kept and shown",
    fault: "an invariant that is not listed",
    files: inPlanner("// Keeps INV-77."),
    at: "docs/INVARIANTS.md",
    says: "INV-77 is named in code",
  },
  {
    check: "links in documents resolve",
    fault: "a lost file",
    files: { "README.md": "[a](docs/gone.md) [b](docs/README.md)\n" },
    at: "README.md:1",
    says: "docs/gone.md leads nowhere",
  },
  {
    check: "links in documents resolve",
    fault: "a lost heading",
    files: { "README.md": "[a](docs/README.md#gone)\n" },
    at: "README.md:1",
    says: "no heading #gone",
  },
  {
    check: "documents are reached",
    fault: "a document that nobody links",
    files: { "docs/old-plan.md": "# Old\n" },
    at: "docs/old-plan.md",
    says: "no document links here",
  },
]

/** Every planted fault. */
export const planted: readonly Planted[] = [
  ...imports.map(([check, fault, path, code, says]) => ({
    check,
    fault,
    files: { [path]: header + code },
    at: `${path}:4`,
    says,
  })),
  ...globals.map(([fault, code, says]) => ({
    check: pure,
    fault,
    files: inPlanner(code),
    at: atFault,
    says,
  })),
  ...manifestFaults.map(([fault, fields, says]) => {
    const path = "planner/package.json"
    return { check: manifests, fault, files: { [path]: manifest(fields) }, at: path, says }
  }),
  ...escapes.map(([check, fault, code, says]) => ({
    check,
    fault,
    files: inPlanner(code),
    at: atFault,
    says,
  })),
  ...single,
]
