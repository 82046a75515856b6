// The server, the token and the timeout of a command: the nearest setting wins.
// Owns: the order flag, environment, context file, default. Does not own: the files (contexts.ts).
// A token is never a flag: flags are visible in the process list and in the shell's history.

import { CliError } from "../cli-error.ts"
import { durationMsOf } from "../duration.ts"
import type { Flags } from "../flags.ts"
import type { Contexts } from "./contexts.ts"

/** The settings of a command for its server. */
export interface Settings {
  /** The name of the context in use; null when only a URL is known. */
  readonly context: string | null
  readonly url: string
  readonly token: string | null
  readonly timeoutMs: number
  readonly folder: string
}

/** The default address of `counterfoil start`. */
export const defaultUrl = "http://127.0.0.1:7420"
/** The timeout of one request: longer than the 25 s for which a server holds a wait. */
const defaultTimeoutMs = 30_000

/** Where settings come from; `tokenFile` is the content of the file that `--token-file` names. */
export interface Sources {
  readonly flags: Flags
  readonly env: NodeJS.ProcessEnv
  readonly contexts: Contexts
  readonly tokenFile: string | null
  readonly folder: string
}

/** Settles every setting. Errors: an unknown context, an invalid URL or duration. */
export function resolveSettings({ flags, env, contexts, tokenFile, folder }: Sources): Settings {
  const named = flags.text("context") ?? env["COUNTERFOIL_CONTEXT"]
  const name = named ?? contexts.current
  const context = name === null ? undefined : contexts.byName.get(name)
  if (named !== undefined && context === undefined) {
    throw new CliError(`No context ${named}.`, { fix: "counterfoil context list" })
  }
  const elsewhere = flags.text("url") ?? env["COUNTERFOIL_URL"]
  const url = urlOf(elsewhere ?? context?.url ?? defaultUrl)
  // A token belongs to the server that it was stored for; it is not sent to another URL.
  const contextToken = context !== undefined && urlOf(context.url) === url ? context.token : null
  const token = tokenFile ?? env["COUNTERFOIL_TOKEN"]?.trim() ?? contextToken
  return {
    context: context === undefined ? null : name,
    url,
    token: token === "" ? null : token,
    timeoutMs: timeoutOf(flags.text("timeout")),
    folder,
  }
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new CliError("The url must be http:// or https:// with a host and without credentials.", {
      fix: `counterfoil whoami --url ${defaultUrl}`,
    })
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`
}

/** A timer counts milliseconds in 31 bits, and a call may wait in addition. */
const timeoutMsMax = 20 * 86_400_000

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return defaultTimeoutMs
  const ms = durationMsOf(text)
  if (ms === null || ms <= 0 || ms > timeoutMsMax)
    throw new CliError("--timeout takes a duration such as 30s, of at most 20 days.", {
      fix: "counterfoil whoami --timeout 30s",
    })
  return ms
}
