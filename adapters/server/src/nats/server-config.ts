// The configuration of a nats-server: its users and their permissions, with JetStream on and no anonymous access.
// Owns: the text, for nats-server 2.9 and newer. Does not own: the table of roles (nats-roles.ts), nor writing the file.
// Keeps INV-13: it contains passwords only as bcrypt hashes. Keeps INV-04: a subject that no list names is refused.

import { anyTokens, inboxPrefixOf } from "@counterfoil/contracts/nats"
import { discoverySubjects, type NatsLogin } from "./nats-roles.ts"

/** Where the server listens and keeps its streams. */
export interface ServerPlace {
  readonly host: string
  readonly port: number
  readonly storeDir: string
}

/** How long the server lets a call be answered: longer than the longest answer takes. */
const answerExpires = "60s"
/** Above the largest answer; the limit of a request's body is lower. */
const maxPayloadBytes = 4 * 1024 * 1024

/**
 * The text. `hashOf` returns the bcrypt hash of a user's password.
 *
 * Each user of a tenant has an account of its own, which imports the subjects of its lists from the control plane's account.
 * The reason: permissions do not restrict the reply subject of a message, and JetStream acknowledges a durable submission on that
 * subject with the server's own rights. In the control plane's account that could forge events, purge a stream, or take a
 * submission off the queue; in the sender's account only the sender is subscribed.
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

/** The account of the control plane's processes, which has the streams. */
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

/** What a user's account imports: all calls of its tenant as one subject, since the user's own list restricts them. */
const asked = ({ publish }: NatsLogin): readonly string[] => [
  ...new Set(publish.map((subject) => subject.replace(/\.call\..+$/, `.call.${anyTokens}`))),
]
const heard = ({ subscribe }: NatsLogin): readonly string[] => subscribe

/** What the control plane's account exports: each subject to the accounts that import it. */
function exportLines(guests: readonly NatsLogin[]): readonly string[] {
  const offered = (kind: "service" | "stream", of: (user: NatsLogin) => readonly string[]) =>
    [...new Set(guests.flatMap(of))].map((subject) => {
      const accounts = guests.filter((user) => of(user).includes(subject)).map(({ name }) => quoted(name))
      // A request gets one answer; a discovery request gets one from every instance.
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
