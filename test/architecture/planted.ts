// What planted faults are made of: a clean tree, and the pieces that are laid over it.
// Owns: the form of a fault and the ground it is planted in. Does not own: the faults, which are beside the checks.

/** One planted fault. `files` are laid over a clean tree; the finding is `at` that place and its message contains `says`. */
export interface Planted {
  readonly check: string
  readonly fault: string
  readonly files: Readonly<Record<string, string>>
  readonly at: string
  readonly says: string
}

/** A header that a planted file opens with; its code starts on line 4. */
export const header = "// Owns: one planted thing.\n// Does not own: anything else.\n\n"
/** A manifest of `planner` with some fields replaced. */
export const manifest = (fields: object): string =>
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

/** A file of a pure room with this code under a header. */
export const inPlanner = (code: string): Readonly<Record<string, string>> => ({
  "planner/src/fault.ts": header + code,
})
