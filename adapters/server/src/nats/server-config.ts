// The file of a nats-server: who may connect, and what each user may do; JetStream on, and nothing for strangers.
// Owns: its text, for nats-server 2.9 and newer. Does not own: the table of roles (nats-roles.ts), nor where the file goes.
// Keeps INV-13: passwords stand in it as bcrypt hashes alone. Keeps INV-04: what no list names is refused.

import { anyTokens, inboxPrefixOf } from "@counterfoil/contracts/nats"
import { discoverySubjects, type NatsLogin } from "./nats-roles.ts"

/** Where the server listens and keeps its streams. */
export interface ServerPlace {
  readonly host: string
  readonly port: number
  readonly storeDir: string
}

/** The longest that a call is answered in, with room: the server forgets then whom a reply may go to. */
const answerExpires = "60s"
/** Above the largest answer; the client's own limit for a body is lower. */
const maxPayloadBytes = 4 * 1024 * 1024

/**
 * The text. `hashOf` answers the bcrypt hash of a user's password.
 *
 * Each user of a tenant has an account of its own, joined to the house by the subjects of its lists. For permissions say
 * nothing of the subject that a message names for its answer: JetStream acknowledges a durable submission wherever that
 * points, with the server's own rights. Inside the house that would forge events, purge a stream, or take a submission
 * off the queue; in the sender's account nothing listens but the sender.
 */
export function serverConfig(
  { host, port, storeDir }: ServerPlace,
  users: readonly NatsLogin[],
  hashOf: (user: string) => string,
): string {
  const guests = users.filter(({ home }) => home === "own")
  const house = users.filter((user) => user.home === "house")
  return [
    "# Made by `counterfoil nats config`. Deny by default: a user may do what its lists name, and nothing else.",
    `listen: ${quoted(`${host}:${port}`)}`,
    `max_payload: ${maxPayloadBytes}`,
    `jetstream { store_dir: ${quoted(storeDir)} }`,
    "accounts {",
    `  ${quoted(houseAccount)} {`,
    "    jetstream: enabled",
    ...block(
      "users",
      house.flatMap((user) => userLines(user, hashOf(user.name))),
    ),
    ...block("exports", exportLines(guests)),
    "  }",
    ...guests.flatMap((user) => [
      `  ${quoted(user.name)} {`,
      ...block("users", userLines(user, hashOf(user.name))),
      ...block("imports", importLines(user)),
      "  }",
    ]),
    "}",
    "",
  ].join("\n")
}

/** The account of our own processes, where the streams are. */
const houseAccount = "counterfoil"

const block = (name: string, lines: readonly string[]): readonly string[] => [
  `    ${name} = [`,
  ...lines.map((line) => `      ${line}`),
  "    ]",
]

const userLines = ({ name, publish, subscribe, answers }: NatsLogin, hash: string): readonly string[] => [
  `{ user: ${quoted(name)}, password: ${quoted(hash)}, permissions: {`,
  `    publish: ${listed(publish)}`,
  `    subscribe: ${listed([...subscribe, `${inboxPrefixOf(name)}.${anyTokens}`])}`,
  ...(answers ? [`    allow_responses: { max: 1, expires: "${answerExpires}" }`] : []),
  "} }",
]

/** What a user's account asks of the house: all calls of its tenant as one, since its own list says which of them. */
const asked = ({ publish }: NatsLogin): readonly string[] => [
  ...new Set(publish.map((subject) => subject.replace(/\.call\..+$/, `.call.${anyTokens}`))),
]
const heard = ({ subscribe }: NatsLogin): readonly string[] => subscribe

/** What the house offers: each subject to the accounts that import it. */
function exportLines(guests: readonly NatsLogin[]): readonly string[] {
  const offered = (kind: "service" | "stream", of: (user: NatsLogin) => readonly string[]) =>
    [...new Set(guests.flatMap(of))].map((subject) => {
      const accounts = guests.filter((user) => of(user).includes(subject)).map(({ name }) => quoted(name))
      // A request is answered once; discovery by every instance.
      const many = subject === discoverySubjects ? ", response: stream" : ""
      return `{ ${kind}: ${quoted(subject)}, accounts: [ ${accounts.join(", ")} ]${many} }`
    })
  return [...offered("service", asked), ...offered("stream", heard)]
}

const importLines = (user: NatsLogin): readonly string[] => {
  const from = (kind: "service" | "stream") => (subject: string) =>
    `{ ${kind}: { account: ${quoted(houseAccount)}, subject: ${quoted(subject)} } }`
  return [...asked(user).map(from("service")), ...heard(user).map(from("stream"))]
}

/** An empty allow list would mean that everything is allowed. */
const listed = (subjects: readonly string[]): string =>
  subjects.length === 0 ? '{ deny: ">" }' : `{ allow: [ ${subjects.map(quoted).join(", ")} ] }`

/** Quoted, because a bare `$` would be a variable. */
const quoted = (text: string): string => JSON.stringify(text)
