// `login`: checks a token with its server, or exchanges a one-time sign-in for one, then stores it under a name.
// Owns: the order ask, check, store; a name that is already used is refused before a sign-in is spent.
// Keeps INV-13: the token comes from a file, stdin, the environment or a question, never a flag.

import { escapeLine } from "@counterfoil/contracts"
import { z } from "zod"
import { isSignIn } from "@counterfoil/gate"
import { firstTokenLabel, firstTokenMs } from "@counterfoil/server/process"
import { askFor } from "../ask-people.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import { openClient, type Client } from "../net/client.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { shownBody } from "../derive/shown-body.ts"
import { configFolder, readContexts, writeContexts, type Contexts } from "../settings/contexts.ts"
import { selfText } from "./whoami.ts"
import { Self } from "../net/self.ts"

/** The default name of a context. */
const usualName = "local"

/** The command. */
export const login: Command = {
  examples: ["login --token-file token.txt", "login --token-file - --url https://cp.example --name work"],
  arguments: [],
  flags: [{ long: "name", value: "NAME", help: `the name to store it under (${usualName})` }],
  exits: [0, 1, 2, 4, 6],
  document: identityEndpoint("session.read").output,
  run: async (invocation) => {
    const { settings, io, page } = invocation
    const secret =
      settings.token ??
      (await askFor(io, `token or one-time sign-in for ${settings.url}: `, {
        name: "--token-file",
        fix: "counterfoil login --token-file -",
        secret: true,
      }))
    const folder = configFolder(io.env)
    const contexts = readContexts(folder)
    const holder = isSignIn(secret) ? null : await selfOf(clientWith(invocation, secret))
    const name = await freeName(invocation, contexts, holder?.self.principal ?? null)
    const token = holder === null ? await exchanged(clientWith(invocation, secret)) : secret
    const { self, body } = holder ?? (await selfOf(clientWith(invocation, token)))
    const kept = await keptOf(clientWith(invocation, token), self, token, io.now())
    writeContexts(folder, {
      current: name,
      byName: new Map([
        ...contexts.byName,
        [name, { url: settings.url, token: kept, principal: self.principal }],
      ]),
    })
    return {
      exit: 0,
      shown: shownBody(body, () => selfText(self, page)),
      hints: [
        `stored as ${name} in ${folder}`,
        ...(kept === token
          ? []
          : [
              `the given token was printed and ends soon: a new one, valid for ${keptDays} days, is stored instead`,
            ]),
      ],
    }
  },
}

const clientWith = ({ settings, io, flags }: Invocation, token: string): Client =>
  openClient({
    settings: { ...settings, token },
    signal: io.signal,
    say: flags.on("verbose") ? io.say : null,
  })

async function selfOf(client: Client) {
  const { body } = await client.call(identityEndpoint("session.read"), {})
  return { body, self: readAnswer(Self, body, "whoami") }
}

async function exchanged(client: Client): Promise<string> {
  const endpoint = identityEndpoint("signIn.exchange")
  const { body } = await client.call(endpoint, {})
  return readAnswer(z.object({ token: z.string() }), body, endpoint.name).token
}

/** The name to store it under: the given or default one. Errors: a context of another server or person has this name. */
async function freeName(
  { settings, io, flags }: Invocation,
  { byName }: Contexts,
  principal: string | null,
): Promise<string> {
  const barOf = (name: string): string | null => {
    const known = byName.get(name)
    if (known === undefined) return null
    if (known.url !== settings.url) return `Context ${name} is for ${known.url}.`
    if (known.token === null) return null
    // The holder of a sign-in is unknown before the exchange, and so is the holder of a token that an earlier version stored.
    const isOwn = principal !== null && (known.principal === null || known.principal === principal)
    if (isOwn) return null
    return principal === null
      ? `Context ${name} already has a token.`
      : `Context ${name} has the token of another person.`
  }
  const wanted = flags.text("name") ?? settings.context ?? usualName
  const bar = barOf(wanted)
  if (bar === null) return wanted
  if (!io.interactive || flags.text("name") !== undefined) throw taken(bar)
  io.say(escapeLine(bar))
  const other = await askFor(io, "another name: ", { name: "--name", fix: "counterfoil login --name NAME" })
  const otherBar = other === "" ? bar : barOf(other)
  if (otherBar !== null) throw taken(otherBar)
  return other
}

const taken = (bar: string): CliError =>
  new CliError(`${bar} It was not changed, and no sign-in was used.`, {
    code: "CONTEXT_TAKEN",
    ends: "conflict",
    fix: "counterfoil login --name NAME",
  })

/** The lifetime of the token that replaces the one of a first start: the longest possible. */
const keptDays = 365

/** The token to store. The one of a first start was printed and ends within a day, so it is used to make another one of the same person. */
async function keptOf(
  client: Client,
  { session, expiresAt }: Pick<Self, "session" | "expiresAt">,
  token: string,
  now: number,
): Promise<string> {
  if (Date.parse(expiresAt) - now > firstTokenMs) return token
  const listing = identityEndpoint("token.list")
  const { items } = readAnswer(Tokens, (await client.call(listing, {})).body, listing.name)
  if (!items.some((row) => row.session === session && row.label === firstTokenLabel)) return token
  const creating = identityEndpoint("token.create")
  const made = await client.call(creating, { label: "login", days: keptDays })
  return readAnswer(Made, made.body, creating.name).token
}

const Tokens = z.object({ items: z.array(z.object({ session: z.string(), label: z.string() })) })
const Made = z.object({ token: z.string() })
