// `owner recover`: makes a person owner of a tenant without one, with the login of the database's owner.
// Owns: its flags and its answer. Does not own: recovering (process/recover-owner.ts).
// Keeps INV-13: the token is printed once, on stderr for people, or in the document that a program requested.

import { HumanId } from "@counterfoil/contracts"
import { withLogins } from "@counterfoil/server/operate"
import { recoverOwner, type RecoveryAsk } from "@counterfoil/server/process"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import type { Flags } from "../flags.ts"
import { isForPeople } from "../print/page.ts"
import { operatorAnswer } from "./operator-answer.ts"

/** The command. */
export const ownerRecover: Command = {
  examples: [
    'owner recover --name rescue -m "the only owner left the company"',
    'owner recover --principal hum_01m7zhcd7tvw4bnbg1zhy30j3w -m "her token and her role are gone"',
    'owner recover --name rescue --shipped-policy --data ./.counterfoil -m "our rules lock everyone out"',
  ],
  arguments: [],
  exits: [0, 1, 2],
  flags: [
    { long: "principal", value: "ID", help: "the full id of an existing person" },
    {
      long: "name",
      value: "NAME",
      help: "the name of a new person, instead of an existing one",
    },
    { long: "shipped-policy", help: "replace the policy in force with the one of this release" },
    { long: "reason", short: "m", value: "REASON", help: "why, for the trace (required)" },
    {
      long: "data",
      value: "DIR",
      help: "the folder of a stopped embedded installation; without it, DATABASE_OWNER_URL is used",
    },
  ],
  run: ({ flags, io, page }) =>
    operatorAnswer(
      async () => {
        const ask = askOf(flags)
        const data = flags.text("data")
        const { token, ...made } = await withLogins(data, io.env, (logins) =>
          recoverOwner({ ...logins, isEmbedded: data !== undefined }, ask, io.env),
        )
        const forPeople = isForPeople(page)
        if (forPeople) io.say(`token, shown once: ${token}      keep it: counterfoil login --token-file -`)
        return {
          exit: 0,
          shown: {
            document: forPeople ? made : { ...made, token },
            text: () => `${made.principal}  owner of ${made.tenant}; the trace is ${made.executionId}`,
          },
        }
      },
      { database: "DATABASE_OWNER_URL", see: "docs/runbooks/owner-lost.md" },
    ),
}

function askOf(flags: Flags): RecoveryAsk {
  const fix = "counterfoil owner recover --help"
  const [principal, name, reason] = [flags.text("principal"), flags.text("name"), flags.text("reason")]
  if (reason === undefined) throw new CliError("--reason is needed.", { fix })
  if ((principal === undefined) === (name === undefined))
    throw new CliError("Exactly one of --principal and --name is needed.", { fix })
  const policy = flags.on("shipped-policy") ? "shipped" : "keep"
  if (name !== undefined) return { who: { name }, policy, reason }
  const id = HumanId.safeParse(principal)
  if (!id.success) throw new CliError("--principal is not the id of a person.", { fix })
  return { who: { principal: id.data }, policy, reason }
}
