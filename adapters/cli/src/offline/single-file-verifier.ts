// Makes the second verifier as one file that Node runs without other files, from its sources in `replay/verifier`.
// Each source becomes a function that returns its exports, with types stripped; the file imports only Node's own modules. A source
// of another form is refused, so that no incomplete file is written.

import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"

/** The text of the file. Throws for a source of another form. */
export function singleFileVerifier(): string {
  const sources = new Map<string, Source>()
  collect(entryFile, sources, [])
  const builtins = new Map<string, Set<string>>()
  for (const { imports } of sources.values())
    for (const { from, names } of imports)
      if (from.startsWith("node:")) builtins.set(from, new Set([...(builtins.get(from) ?? []), ...names]))
  return [
    "#!/usr/bin/env node",
    "// The second verifier of Counterfoil in one file, made from replay/verifier/src: it needs Node 26 and nothing else.",
    "// node verify.mjs exe.bundle --keys keys.json --head 31:sha256:…",
    ...[...builtins].map(([from, names]) => `import { ${[...names].toSorted().join(", ")} } from "${from}"`),
    `import { readFileSync } from "node:fs"`,
    ...[...sources].map(([file, source]) => moduleText(file, source)),
    runText,
    "",
  ].join("\n")
}

interface Import {
  readonly from: string
  readonly names: readonly string[]
}

interface Source {
  readonly body: string
  readonly imports: readonly Import[]
  readonly exports: readonly string[]
}

const folder = new URL(".", import.meta.resolve("@counterfoil/verifier"))
const entryFile = "verify-bundle.ts"

/** Reads a source after the ones that it imports; an import cycle would leave one of them empty. */
function collect(file: string, sources: Map<string, Source>, above: readonly string[]): void {
  if (sources.has(file)) return
  if (above.includes(file))
    throw new Error(`the verifier imports in a circle: ${[...above, file].join(" → ")}`)
  const source = sourceOf(file, readFileSync(new URL(file, folder), "utf8"))
  for (const { from } of source.imports) {
    if (from.startsWith("node:")) continue
    if (!/^\.\/[a-z-]+\.ts$/.test(from)) throw new Error(`the verifier imports ${from} in ${file}`)
    collect(from.slice(2), sources, [...above, file])
  }
  sources.set(file, source)
}

function sourceOf(file: string, text: string): Source {
  const imports: Import[] = []
  const exports: string[] = []
  const body = quietly(() => stripTypeScriptTypes(text))
    .replaceAll(
      /^(import|export)\s*\{([^}]*)\}\s*from\s*"([^"]+)";?/gm,
      (_whole, word: string, list: string, from: string) => {
        const names = namesIn(list)
        imports.push({ from, names })
        if (word === "export") exports.push(...names)
        return ""
      },
    )
    .replaceAll(
      /^export (async function|function|const|class) ([A-Za-z]\w*)/gm,
      (_whole, kind: string, name: string) => {
        exports.push(name)
        return `${kind} ${name}`
      },
    )
  const left = /^(import|export)\b.*$/m.exec(body)
  if (left !== null) throw new Error(`the verifier has in ${file}: ${left[0]}`)
  return { body, imports, exports }
}

const namesIn = (list: string): readonly string[] =>
  list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")

// Node warns that stripping types is experimental. A test runs the written file, so the warning is suppressed.
function quietly<T>(make: () => T): T {
  const warn = process.emitWarning.bind(process)
  process.emitWarning = () => undefined
  try {
    return make()
  } finally {
    process.emitWarning = warn
  }
}

function moduleText(file: string, { body, imports, exports }: Source): string {
  const taken = imports
    .filter(({ from, names }) => !from.startsWith("node:") && names.length > 0)
    .map(({ from, names }) => `const { ${names.join(", ")} } = ${nameOf(from.slice(2))}`)
  const trimmed = body.split("\n").map((line) => line.trimEnd())
  const lines = trimmed.filter((line, at) => line !== "" || trimmed[at - 1] !== "")
  return [
    `\n// verifier/${file}`,
    `const ${nameOf(file)} = (() => {`,
    ...taken,
    ...lines,
    `return { ${exports.join(", ")} }`,
    "})()",
  ].join("\n")
}

const nameOf = (file: string): string =>
  file.replace(/\.ts$/, "").replaceAll(/-([a-z])/g, (_whole, letter: string) => letter.toUpperCase()) +
  "Module"

/** Reads the arguments, prints the answer as JSON, and ends as `bundle verify` does; alone it cannot decide again. */
const runText = `
const [file, ...flags] = process.argv.slice(2)
const valueOf = (name) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined)
const usage = (why) => {
  process.stderr.write(why + "\\nnode verify.mjs FILE [--keys keys.json] [--head SEQ:HASH]\\n")
  process.exit(2)
}
if (file === undefined || file.startsWith("--")) usage("Name a bundle.")
const typed = valueOf("--head")
const [, seq, hashText] = /^([1-9]\\d{0,14}):(sha256:[0-9a-f]{64})$/.exec(typed ?? "") ?? []
if (flags.includes("--head") && seq === undefined) usage("--head takes SEQ:HASH.")
const read = (path) => {
  try {
    return readFileSync(path)
  } catch (cause) {
    process.stderr.write(path + " cannot be read: " + cause.code + "\\n")
    return process.exit(1)
  }
}
const keysFile = valueOf("--keys")
if (flags.includes("--keys") && keysFile === undefined) usage("--keys takes a file.")
let keys = null
if (keysFile !== undefined) {
  try {
    keys = JSON.parse(read(keysFile).toString("utf8")).items.map((key) => ({ ...key, revokedAt: key.revokedAt ?? null }))
    const isKey = (key) =>
      ["keyId", "human", "spki", "enrolledAt"].every((name) => typeof key[name] === "string") &&
      (key.revokedAt === null || typeof key.revokedAt === "string")
    if (!keys.every(isKey)) throw new Error("not a key")
  } catch {
    usage(keysFile + " is not what key list --json prints.")
  }
}
const head = seq === undefined ? null : { seq: Number(seq), hash: hashText }
const answer = verifyBundleModule.verifyBundle(read(file), { keys, head, derive: null })
process.stdout.write(JSON.stringify(answer, null, 2) + "\\n")
for (const { name, because } of answer.checks.filter(({ status }) => status !== "passed"))
  process.stderr.write(name + ": " + because + "\\n")
const fails = answer.result === "doesNotVerify"
if (head === null && !fails) process.stderr.write("warning: no head was given, so a trace cut off or written anew would look the same\\n")
if (!answer.proven.ended && !fails) process.stderr.write("warning: the execution had not ended\\n")
process.exitCode = { verified: 0, consistent: 1, couldNotCheck: 1, doesNotVerify: 3, notEnded: 5 }[answer.result]`
