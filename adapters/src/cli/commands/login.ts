// `login`: check a token with its server, then keep both under a name.
// Owns: the order ask, check, keep. Keeps INV-13: the token comes from a file, stdin, the environment or a question, never a flag.

import { askFor } from "../ask-people.ts"
import type { Command } from "../command.ts"
import { openClient } from "../net/client.ts"
import { identityEndpoint } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { shownBody } from "../derive/shown-body.ts"
import { configFolder, readContexts, writeContexts } from "../settings/contexts.ts"
import { Self, selfText } from "./whoami.ts"

/** The name of a context when nobody gives one. */
const usualName = "local"

/** The command. */
export const login: Command = {
  examples: ["login --token-file token.txt", "login --token-file - --url https://cp.example --name work"],
  arguments: [],
  flags: [{ long: "name", value: "NAME", help: `the name to keep it under (${usualName})` }],
  exits: [0, 1, 2, 4],
  document: identityEndpoint("session.read").output,
  run: async ({ flags, settings, io, page }) => {
    const token =
      settings.token ??
      (await askFor(io, `token for ${settings.url}: `, {
        name: "--token-file",
        fix: "counterfoil login --token-file -",
      }))
    const say = flags.on("verbose") ? io.say : null
    const client = openClient({ settings: { ...settings, token }, signal: io.signal, say })
    const { body } = await client.call(identityEndpoint("session.read"), {})
    const self = readAnswer(Self, body, "whoami")
    const name = flags.text("name") ?? settings.context ?? usualName
    const folder = configFolder(io.env)
    const { byName } = readContexts(folder)
    writeContexts(folder, {
      current: name,
      byName: new Map([...byName, [name, { url: settings.url, token }]]),
    })
    return {
      exit: 0,
      shown: shownBody(body, () => selfText(self, page)),
      hints: [`kept as ${name} in ${folder}`],
    }
  },
}
