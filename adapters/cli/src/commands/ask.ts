// The request on the command line: a contract with its input, or a draft of steps. Shared by submit, plan and explain.
// Owns: its argument and flags. Does not own: checking the input, which the contract does.

import type { JsonObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Argument, Flag, Invocation } from "../command.ts"
import { readJsonFile } from "../derive/read-file.ts"

/** The requested contract. */
export const askArgument: Argument = {
  name: "contract",
  help: "name and major version, such as git.release.cut@1",
  optional: true,
}
/** Where its input comes from, or a draft in its place. */
export const askFlags: readonly Flag[] = [
  { long: "file", short: "f", value: "FILE", help: "the input as JSON; - is stdin" },
  { long: "input", value: "JSON", help: "the input itself" },
  { long: "draft", value: "FILE", help: "a draft of steps instead of a contract" },
]

/** The request of the argument and flags. Errors: usage, for none or two of them. */
export function askOf({ args, flags, io }: Pick<Invocation, "args" | "flags" | "io">): JsonObject {
  const [contract] = args
  const draft = flags.text("draft")
  if (draft !== undefined && contract === undefined) return { draft: readJsonFile(io, draft) }
  if (contract === undefined || draft !== undefined)
    throw new CliError("Either a contract or --draft FILE is needed.", {
      fix: "counterfoil contract list --kind intent",
    })
  const [file, inline] = [flags.text("file"), flags.text("input")]
  if ((file === undefined) === (inline === undefined))
    throw new CliError("Either -f FILE or --input JSON is needed.", { fix: "counterfoil submit --help" })
  if (inline !== undefined)
    return {
      contract,
      input: readJsonFile({ ...io, read: () => new TextEncoder().encode(inline) }, "--input"),
    }
  return { contract, input: readJsonFile(io, file ?? "-") }
}
