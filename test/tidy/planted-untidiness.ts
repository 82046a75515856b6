// Planted violations of the tidy checks, each with what the check must say of it.
// Owns: those faults. A fault that passes fails the build, and so does a check without one.

import { cleanTree, header, inPlanner, type Planted } from "../architecture/planted.ts"
import { wordKinds, type ReadPlace, type WordKind } from "./words.ts"

const inTest = (code: string): Readonly<Record<string, string>> => ({ "planner/src/fault.test.ts": code })
const atFault = "planner/src/fault.ts:4"

const pure = "pure code has no hidden input"

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

const citations: readonly (readonly [fault: string, comment: string, says: string])[] = [
  ["a page that is not there", "// Waits 30 s (absent-page.md section 12).", "no page absent-page.md"],
  ["a page without its folder", "/** As GLOSSARY.md says. */", "no page GLOSSARY.md"],
  ["a page of a form that no page has", "// Pages: docs/errors/<CODE>.md.", "no page docs/errors/<CODE>.md"],
  ["a decision that is not there", "// See docs/decisions/0042.", "no page docs/decisions/0042"],
  ["a section of nothing", "// As section 9 says.", "a section of no page"],
]

const single: readonly Planted[] = [
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
    says: "is named in code, not listed",
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
  {
    check: "citations have a target",
    fault: "a page that a document names without a link",
    files: { "docs/README.md": `${cleanTree["docs/README.md"] ?? ""}\nMore is in absent-page.md.\n` },
    at: "docs/README.md:5",
    says: "no page absent-page.md",
  },
  {
    check: "ids are defined",
    fault: "an id of no page, in a comment",
    files: inPlanner("// Bounded, as AGT-25 asks."),
    at: atFault,
    says: "belongs to no page",
  },
  {
    check: "ids are defined",
    fault: "an id of no page, in a title",
    files: inTest(`test("INV-09 CLI-10 it starts fast", () => undefined)`),
    at: "planner/src/fault.test.ts:1",
    says: "belongs to no page",
  },
  {
    check: "ids are defined",
    fault: "an id of no page, in a row of titles",
    files: inTest(`const rows = [["OPS-01 a lock of nothing", 1]]`),
    at: "planner/src/fault.test.ts:1",
    says: "belongs to no page",
  },
  {
    check: "ids are defined",
    fault: "an invariant without a row, in a template",
    files: inTest("describe(`INV-76 ${name} is ordered`, () => undefined)"),
    at: "planner/src/fault.test.ts:1",
    says: "docs/INVARIANTS.md has no row for INV-76",
  },
  {
    check: "ids are defined",
    fault: "a mutant that no page lists, in a document",
    files: { "docs/README.md": `${cleanTree["docs/README.md"] ?? ""}\nA planted fault is R99.\n` },
    at: "docs/README.md:5",
    says: "docs/SIMULATION.md has no row for R99",
  },
]

/** A sentence with one word of each kind that is counted, in the order of the kinds. */
const dialect = [
  "Somebody else's token is refused.",
  "What stands in the file counts.",
  "A grant without a reader is none.",
  "Who waits is told the end.",
]

/** In a tree this small, one such sentence is already too many, wherever people read it. */
const words: readonly Planted[] = wordKinds.flatMap((kind, at) => [
  plantedIn("comments", kind, inPlanner(`// ${dialect[at]}\n`)),
  plantedIn("documents", kind, { "docs/README.md": `${dialect[at]}\n` }),
  plantedIn("texts", kind, inPlanner(`say("${dialect[at]}")\n`)),
])

function plantedIn(place: ReadPlace, { name }: WordKind, files: Planted["files"]): Planted {
  return {
    check: "words of a dialect become no more frequent",
    fault: `"${name}" in ${place}`,
    files,
    at: place,
    says: `"${name}" `,
  }
}

/** Every planted fault of the tidy checks. */
export const untidyFaults: readonly Planted[] = [
  ...globals.map(([fault, code, says]) => ({
    check: pure,
    fault,
    files: inPlanner(code),
    at: atFault,
    says,
  })),
  ...escapes.map(([check, fault, code, says]) => ({
    check,
    fault,
    files: inPlanner(code),
    at: atFault,
    says,
  })),
  ...citations.map(([fault, comment, says]) => ({
    check: "citations have a target",
    fault,
    files: inPlanner(comment),
    at: atFault,
    says,
  })),
  ...single,
  ...words,
]
