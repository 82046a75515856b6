// `contract new`: writes a contract with its handler and test into a checkout. Offline.
// Owns: its flags, and refusing to replace a file. Does not own: the texts (scaffold).

import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CapabilityName, ContractMeta, ContractRef, EffectClass, parseWith } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import type { Flags } from "../flags.ts"
import { fileExists } from "../offline/file-exists.ts"
import { contractSource } from "../scaffold/contract-source.ts"
import { handlerSource } from "../scaffold/handler-source.ts"
import { pureHandlerSource, pureTestSource } from "../scaffold/pure-source.ts"
import {
  fieldKinds,
  namesOf,
  type FieldKind,
  type Scaffold,
  type ScaffoldField,
} from "../scaffold/scaffold.ts"
import { testSource } from "../scaffold/test-source.ts"

const handlers = join("adapters", "handlers", "src")
const kinds = Object.keys(fieldKinds).join(", ")

/** The command. */
export const contractNew: Command = {
  examples: [
    `contract new payments.refund --effect keyed --capability payments.write --owner payments --title "Refund a payment" --goal "The customer has the money back, once." --when "For captured payments; never to another account." --input payment:text,amount:integer --output refund:text`,
  ],
  arguments: [{ name: "name", help: "area and words, such as payments.refund" }],
  flags: [
    {
      long: "effect",
      value: "CLASS",
      choices: EffectClass.options,
      help: "the effect of repeating it; pure and read make a query",
    },
    { long: "capability", value: "NAME", help: "the capability that a caller needs" },
    { long: "owner", value: "TEAM", many: true, help: "the team that is responsible for it" },
    { long: "title", value: "TEXT", help: "a few words" },
    { long: "goal", value: "TEXT", help: "what its user gets, in one sentence" },
    { long: "when", value: "TEXT", help: "when to use it, and when not" },
    { long: "input", value: "FIELD:KIND", many: true, help: `its input; kinds are ${kinds}` },
    { long: "output", value: "FIELD:KIND", many: true, help: "its output" },
  ],
  exits: [0, 1, 2, 6],
  run: async ({ args: [name = ""], flags }) => {
    const scaffold = scaffoldOf(name, flags)
    const files = filesOf(scaffold)
    write(files)
    const paths = files.map(({ path }) => path)
    const { contract, handler, folder } = namesOf(name)
    const list = join(handlers, "register-handlers.ts")
    return {
      exit: 0,
      shown: { document: { contract: `${name}@1`, files: paths }, text: () => paths.join("\n") },
      hints: [
        scaffold.effect === "pure"
          ? `write the computation, and add inThread(${contract}, …) to pureHandlers in ${list}`
          : `write the implementation of its interface, and add ${handler} to ${list}`,
        `${scaffold.capability} must be listed in ${join(handlers, "capabilities.ts")}, and a policy rule must allow ${contract}`,
        `then: counterfoil contract lint ${join(handlers, folder)}, contract generate, contract lock; docs/checklists/add-a-contract.md`,
      ],
    }
  },
}

function scaffoldOf(name: string, flags: Flags): Scaffold {
  const needed = (long: string): string => {
    const value = flags.text(long)
    if (value === undefined) throw wrong(`--${long} is needed.`, [])
    return value
  }
  const meta = parseWith(ContractMeta, {
    title: needed("title"),
    goal: needed("goal"),
    context: needed("when"),
    owners: flags.texts("owner"),
    tags: [name.split(".")[0] ?? name],
    stability: "experimental",
  })
  const problems = [
    ...(ContractRef.safeParse(`${name}@1`).success
      ? []
      : [`${name} is not the name of a contract: area.word, each in camelCase`]),
    ...(CapabilityName.safeParse(needed("capability")).success
      ? []
      : ["--capability is not the name of a capability: area.word"]),
    ...(meta.ok
      ? []
      : meta.error.map(({ at, message }) => `${flagOf[at.split("/")[1] ?? ""] ?? at}  ${message}`)),
  ]
  const input = fieldsOf(flags, "input")
  const output = fieldsOf(flags, "output")
  if (problems.length > 0 || !meta.ok) throw wrong("The contract cannot be defined.", problems)
  const effect = EffectClass.parse(needed("effect"))
  return { name, effect, capability: needed("capability"), meta: meta.value, input, output }
}

const flagOf: { readonly [field: string]: string } = {
  "title": "--title",
  "goal": "--goal",
  "context": "--when",
  "owners": "--owner",
}

function fieldsOf(flags: Flags, long: "input" | "output"): Scaffold["input"] {
  const [first, ...rest] = flags.texts(long).map((text): ScaffoldField => {
    const [, name = "", kind = ""] = /^([a-z][A-Za-z0-9]*):([a-z]+)$/.exec(text) ?? []
    if (!isKind(kind)) throw wrong(`--${long} takes field:kind, with a kind of ${kinds}.`, [text])
    return { name, kind }
  })
  if (first === undefined) throw wrong(`--${long} is needed.`, [])
  const twice = rest.find(({ name }, index) =>
    [first, ...rest.slice(0, index)].some((one) => one.name === name),
  )
  if (twice !== undefined) throw wrong(`--${long} has ${twice.name} twice.`, [])
  return [first, ...rest]
}

const isKind = (kind: string): kind is FieldKind => Object.hasOwn(fieldKinds, kind)

const wrong = (sentence: string, lines: readonly string[]): CliError =>
  new CliError(sentence, { fix: "counterfoil contract new --help", lines })

interface SourceFile {
  readonly path: string
  readonly text: string
}

function filesOf(scaffold: Scaffold): readonly SourceFile[] {
  const { folder, file } = namesOf(scaffold.name)
  const pure = scaffold.effect === "pure"
  const at = (ending: string): string => join(handlers, folder, `${file}${ending}`)
  return [
    { path: at("-contract.ts"), text: contractSource(scaffold) },
    { path: at(".ts"), text: pure ? pureHandlerSource(scaffold) : handlerSource(scaffold) },
    { path: at(".test.ts"), text: pure ? pureTestSource(scaffold) : testSource(scaffold) },
  ]
}

/** Writes all files or none. */
function write(files: readonly SourceFile[]): void {
  const failed = (sentence: string, code: string): CliError =>
    new CliError(sentence, { ends: "failed", code, fix: "counterfoil contract new --help" })
  if (!existsSync(join(handlers, "register-handlers.ts")))
    throw failed(`There is no ${handlers} here: run it in a checkout.`, "FILE_UNREADABLE")
  const there = files.find(({ path }) => existsSync(path))
  if (there !== undefined) throw fileExists(there.path, "contract new")
  for (const { path, text } of files) {
    mkdirSync(join(path, ".."), { recursive: true })
    writeFileSync(path, text, { flag: "wx" })
  }
}
