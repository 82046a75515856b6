// The file of a nats-server: who may connect, and what each user may do; JetStream on, and nothing for strangers.
// Owns: its text, for nats-server 2.9 and newer. Does not own: the table of roles (nats-roles.ts), nor where the file goes.
// Keeps INV-13: passwords stand in it as bcrypt hashes alone. Keeps INV-04: what no list names is refused.

import type { NatsLogin } from "./nats-roles.ts"

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

/** The text. `hashOf` answers the bcrypt hash of a user's password. */
export function serverConfig(
  { host, port, storeDir }: ServerPlace,
  users: readonly NatsLogin[],
  hashOf: (user: string) => string,
): string {
  return [
    "# Made by `counterfoil nats config`. Deny by default: a user may do what its lists name, and nothing else.",
    `listen: ${quoted(`${host}:${port}`)}`,
    `max_payload: ${maxPayloadBytes}`,
    `jetstream { store_dir: ${quoted(storeDir)} }`,
    "authorization {",
    "  users = [",
    ...users.flatMap((user) => userLines(user, hashOf(user.name))),
    "  ]",
    "}",
    "",
  ].join("\n")
}

const userLines = ({ name, publish, subscribe, answers }: NatsLogin, hash: string): readonly string[] => [
  `    { user: ${quoted(name)}, password: ${quoted(hash)}, permissions: {`,
  `        publish: ${listed(publish)}`,
  `        subscribe: ${listed(subscribe)}`,
  ...(answers ? [`        allow_responses: { max: 1, expires: "${answerExpires}" }`] : []),
  "    } }",
]

/** An empty allow list would mean that everything is allowed. */
const listed = (subjects: readonly string[]): string =>
  subjects.length === 0 ? '{ deny: ">" }' : `{ allow: [ ${subjects.map(quoted).join(", ")} ] }`

/** Quoted, because a bare `$` would be a variable. */
const quoted = (text: string): string => JSON.stringify(text)
