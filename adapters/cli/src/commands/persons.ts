// `person add|sign-in`: adds a person with the rights that they need, and a one-time sign-in, so that only they know their token.
// Owns: the rights of a reviewer, and continuing after an interrupted run. Each right is an execution of its own.
// Keeps INV-13: the sign-in is printed once, on stderr for people, or in the document that a program requested.

import {
  addMs,
  answerKindOf,
  canonicalBytes,
  CapabilityName,
  Grant,
  grantGive,
  principalAdd,
  RoleName,
  Submitted,
  Time,
  type JsonObject,
} from "@counterfoil/contracts"
import { hex, sha256 } from "@counterfoil/contracts/digest"
import { z } from "zod"
import { CliError } from "../cli-error.ts"
import type { Command, Ending, Invocation } from "../command.ts"
import { exitOfRecord, highest } from "../exit-code.ts"
import type { ExitCode } from "../exit-codes.ts"
import { endpointOf, type Endpoint } from "../net/endpoint.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId } from "../net/resolve-id.ts"
import { aligned } from "../print/columns.ts"
import { isForPeople } from "../print/page.ts"
import { shortId, when } from "../print/words.ts"

/** The capabilities of a reviewer beside the role: to submit and follow, to decide, and to see why. */
const reviewing = ["control-plane.core", "control-plane.approval", "control-plane.audit"]
/** The capabilities of every person. */
const asking = ["control-plane.core"]
const usualDays = 90
const dayMs = 86_400_000
/** Seconds to wait for one step before it is reported as still at work. */
const waitSeconds = 10

/** `person add`. A repeated run continues: existing rights stay, and held requests are checked again. */
export const personAdd: Command = {
  examples: ["person add ana --approver", 'person add ana --approver --scope tenant -m "joined the team"'],
  arguments: [{ name: "name", help: "their name" }],
  flags: [
    {
      long: "approver",
      help: "lets them review requests: the role approver and the capabilities of a reviewer",
    },
    {
      long: "scope",
      value: "LEVEL",
      choices: ["own", "team", "tenant"],
      help: "whose objects they see and decide on (approver: tenant; else own)",
    },
    { long: "days", value: "N", help: `how many days their rights last (${usualDays})` },
    { long: "reason", short: "m", value: "REASON", help: "why, for the trace" },
  ],
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  run: async (invocation) => {
    const { args, page } = invocation
    const wish = wishOf(invocation)
    const [name = ""] = args
    const known = await personNamed(invocation, name)
    const adding = known === null ? [await added(invocation, name, wish)] : []
    const person = known ?? (await personNamed(invocation, name))
    if (person === null) return ending(name, null, adding, null)
    const given: Done[] = []
    for (const right of await missingRights(invocation, person, wish))
      given.push(await gave(invocation, person, right, wish))
    const signIn = await signInOf(invocation, person.principal)
    if (signIn !== null) saySignIn(invocation, signIn)
    const forPeople = isForPeople(page)
    return ending(name, person, [...adding, ...given], forPeople ? null : signIn)
  },
}

/** `person sign-in`: makes another one for a person who has not used theirs. */
export const personSignIn: Command = {
  examples: ["person sign-in ana"],
  arguments: [{ name: "person", help: "their name, id, or a unique prefix such as hum_4k9d" }],
  flags: [],
  exits: [0, 1, 2, 4],
  run: async (invocation) => {
    const { args, client, page } = invocation
    const principal = await resolveId("principal", args[0] ?? "", client)
    const made = await newSignIn(invocation, principal)
    saySignIn(invocation, made)
    const { signIn, ...rest } = made
    const forPeople = isForPeople(page)
    return {
      exit: 0,
      shown: {
        document: forPeople ? rest : { ...rest, signIn },
        text: (shown) => `${shortId(shown, principal)}  one sign-in until ${when(shown, made.expiresAt)}`,
      },
    }
  },
}

interface Wish {
  readonly approver: boolean
  readonly scope: string
  readonly days: number
  readonly reason: string
}

function wishOf({ flags }: Invocation): Wish {
  const approver = flags.on("approver")
  const days = Number(flags.text("days") ?? usualDays)
  if (!Number.isInteger(days) || days < 1)
    throw new CliError("--days takes a whole number of days.", { fix: "counterfoil person add --help" })
  return {
    approver,
    days,
    scope: flags.text("scope") ?? (approver ? "tenant" : "own"),
    reason: flags.text("reason") ?? (approver ? "reviews what others ask" : "works with us"),
  }
}

const Person = z.object({
  principal: z.string(),
  kind: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  roles: z.array(z.string()),
  addedAt: Time,
})
type Person = z.infer<typeof Person>
const People = z.object({ items: z.array(Person) })

async function personNamed({ client }: Invocation, name: string): Promise<Person | null> {
  const { body } = await client().call(identityEndpoint("principal.list"), {})
  const { items } = readAnswer(People, body, "principal list")
  const found = items.find((one) => one.name === name)
  if (found !== undefined && (found.kind !== "human" || !found.enabled))
    throw new CliError(
      found.enabled
        ? "That name belongs to a principal that is not a person."
        : "A person of that name is disabled.",
      { code: "NAME_TAKEN", ends: "conflict", fix: "counterfoil principal list" },
    )
  return found === undefined ? null : { ...found, roles: [...found.roles] }
}

/** A right: the contract's input, and its words for people. */
interface Right {
  readonly what: string
  readonly input: JsonObject
}

/** One step, and its result. */
interface Done {
  readonly what: string
  readonly exit: ExitCode
  readonly status: string
  readonly executionId: string
}

const added = (invocation: Invocation, name: string, { reason }: Wish): Promise<Done> =>
  asked(invocation, endpointOf(principalAdd), { what: "added", input: { kind: "human", name, reason } })

const gave = (invocation: Invocation, person: Person, right: Right, { days, reason }: Wish): Promise<Done> =>
  asked(invocation, endpointOf(grantGive), {
    what: right.what,
    input: {
      ...right.input,
      principal: person.principal,
      principalKind: "human",
      // Counted from when they were added, so that the same command makes the same request, with the same key.
      expiresAt: addMs(person.addedAt, days * dayMs),
      reason,
    },
  })

/** Requests one step, with a key that is the same all day: a repeated run finds a held request and does not make a second one. */
async function asked({ client, io }: Invocation, endpoint: Endpoint, { what, input }: Right): Promise<Done> {
  const day = new Date(io.now()).toISOString().slice(0, 10)
  const key = `person-${day}-${hex(sha256(canonicalBytes({ what, input })))}`
  const { body } = await client().call(endpoint, { ...input, key }, waitSeconds)
  const record = readAnswer(Submitted, body, endpoint.name)
  return { what, exit: exitOfRecord(record), status: answerKindOf(record), executionId: record.executionId }
}

async function missingRights(
  { client, io }: Invocation,
  { principal, roles }: Person,
  { approver, scope }: Wish,
): Promise<readonly Right[]> {
  const { body } = await client().call(identityEndpoint("grant.list"), {})
  const { items } = readAnswer(z.object({ items: z.array(Grant) }), body, "grant list")
  const now = io.now()
  const holds = (capability: string): boolean =>
    items.some(
      (grant) =>
        grant.principal === principal &&
        String(grant.capability) === capability &&
        grant.scope.level === scope &&
        Date.parse(grant.expiresAt) > now,
    )
  const capabilities = (approver ? reviewing : asking).filter((capability) => !holds(capability))
  return [
    ...capabilities.map((capability) => ({
      what: `${capability} ${scope}`,
      input: { capability: CapabilityName.parse(capability), scope: { level: scope } },
    })),
    ...(approver && !roles.includes("approver")
      ? [{ what: "role approver", input: { role: RoleName.parse("approver") } }]
      : []),
  ]
}

const SignIn = z.object({
  signIn: z.string(),
  session: z.string(),
  principal: z.string(),
  expiresAt: z.string(),
})
type SignIn = z.infer<typeof SignIn>
const Tokens = z.object({
  items: z.array(
    z.object({
      principal: z.string(),
      use: z.string(),
      expiresAt: z.string(),
      revokedAt: z.string().optional(),
    }),
  ),
})

/** A sign-in for a person who has neither a token nor an unused sign-in; null for any other. */
async function signInOf(invocation: Invocation, person: string): Promise<SignIn | null> {
  const { client, io } = invocation
  const { body } = await client().call(identityEndpoint("token.list"), {})
  const theirs = readAnswer(Tokens, body, "token list").items.filter(({ principal }) => principal === person)
  const isLeft = theirs.every(
    ({ use, expiresAt, revokedAt }) =>
      use === "signIn" && (revokedAt !== undefined || Date.parse(expiresAt) <= io.now()),
  )
  return isLeft ? await newSignIn(invocation, person) : null
}

async function newSignIn({ client }: Invocation, principal: string): Promise<SignIn> {
  const endpoint = identityEndpoint("signIn.create")
  const { body } = await client().call(endpoint, { principal })
  return { ...readAnswer(SignIn, body, endpoint.name) }
}

function saySignIn({ io, page, settings }: Invocation, { signIn, expiresAt }: SignIn): void {
  if (!isForPeople(page)) return
  io.say(`one-time sign-in, shown once, until ${expiresAt}: ${signIn}`)
  io.say(`they type: counterfoil login --url ${settings.url} --token-file -`)
}

function ending(name: string, person: Person | null, done: readonly Done[], signIn: SignIn | null): Ending {
  const held = done.some(({ status }) => status === "held")
  return {
    exit: highest(done.map(({ exit }) => exit)),
    shown: {
      document: {
        name,
        ...(person === null ? {} : { principal: person.principal }),
        done: done.map(({ what, status, executionId }) => ({ what, status, executionId })),
        ...(signIn === null ? {} : { signIn: { ...signIn } }),
      },
      text: (page) =>
        [
          person === null ? name : `${name}  ${person.principal}`,
          aligned(
            done.map(({ what, status, executionId }) => [
              `  ${what}`,
              status === "completed" ? "done" : status,
              shortId(page, executionId),
            ]),
          ),
        ]
          .filter((line) => line !== "")
          .join("\n"),
    },
    hints: held
      ? [
          "another owner has to decide the held requests: counterfoil queue list; then run the same command again",
        ]
      : [],
  }
}
