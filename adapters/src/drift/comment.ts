// One comment on a pull request: written, or edited where it stands.
// Owns: finding an earlier comment of ours (its marker and its author), and the calls. Does not own: its text (drift check --format markdown).
// Imports nothing but Node, because it runs where nothing of this repository is installed. What the host answers is *untrusted*.
// A token that may not comment is no failure of the check: the log says so, and the summary has the report.

import { appendFileSync, readFileSync } from "node:fs"

const marker = "<!-- counterfoil drift check -->"
/** Pages of a hundred; a pull request with more comments than these gets a second one of ours. */
const pagesMax = 20

interface Comment {
  readonly url: string
  readonly page: string
}

const setting = (name: string): string => process.env[name] ?? ""
const comments = `${setting("GITHUB_API_URL")}/repos/${setting("GITHUB_REPOSITORY")}/issues/${setting("PULL_REQUEST")}/comments`

try {
  const ours = await earlier()
  const clean = setting("RESULT") === "clean"
  if (ours === null && clean) say("No drift, and no comment to correct.")
  else {
    const body = clean ? `${marker}\nContract drift: clean.\n` : readFileSync(setting("COMMENT"), "utf8")
    const { page } = written(
      ours === null ? await ask("POST", comments, body) : await ask("PATCH", ours.url, body),
    )
    say(`${ours === null ? "Wrote" : "Edited"} ${page}`)
    const output = setting("GITHUB_OUTPUT")
    if (output !== "") appendFileSync(output, `comment-url=${page}\n`)
  }
} catch (cause) {
  const why = cause instanceof Error ? cause.message.replaceAll("\n", " ") : "unknown"
  say(`::notice title=Contract drift::No comment was written: ${why}. The summary has the report.`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function earlier(): Promise<Comment | null> {
  for (let page = 1; page <= pagesMax; page++) {
    const found: unknown = await ask("GET", `${comments}?per_page=100&page=${page}`)
    const list: readonly unknown[] = Array.isArray(found) ? found : []
    const ours = list.find(isOurs)
    if (ours !== undefined) return written(ours)
    if (list.length < 100) return null
  }
  return null
}

// Anybody can write the marker; only a comment of an app can be ours, and only ours can be edited with this token.
function isOurs(comment: unknown): boolean {
  const type = fieldOf(fieldOf(comment, "user"), "type")
  return type === "Bot" && textOf(comment, "body").startsWith(marker)
}

function written(comment: unknown): Comment {
  return { url: textOf(comment, "url"), page: textOf(comment, "html_url") }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined
  const [, found] = Object.entries(value).find(([key]) => key === name) ?? []
  return found
}

function textOf(value: unknown, name: string): string {
  const text = fieldOf(value, name)
  return typeof text === "string" ? text : ""
}

async function ask(method: "GET" | "POST" | "PATCH", url: string, body?: string): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(30_000),
    headers: {
      "accept": "application/vnd.github+json",
      "authorization": `Bearer ${setting("GITHUB_TOKEN")}`,
      "x-github-api-version": "2022-11-28",
    },
    ...(body === undefined ? {} : { body: JSON.stringify({ body }) }),
  })
  if (!response.ok) throw new Error(`${method} of the comment answered ${response.status}`)
  return await response.json()
}
