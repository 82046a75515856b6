// One comment on a pull request: written, or edited in place. When two jobs each wrote one, both are edited.
// Owns: finding this program's earlier comments (by the marker and the author), and the calls. Does not own: the text (drift check --format markdown).
// Imports only Node modules, because it runs where nothing of this repository is installed. The host's answers are *untrusted*.
// A token without the right to comment does not fail the check: the log reports it, and the summary has the report.

import { appendFileSync, readFileSync } from "node:fs"

const marker = "<!-- counterfoil drift check -->"
/** Pages of a hundred comments; a pull request with more of them gets a second drift comment. */
const pagesMax = 20
/** Two concurrent jobs write one each; more belong to another app. */
const oursMax = 10

interface Comment {
  readonly url: string
  readonly page: string
}

const setting = (name: string): string => process.env[name] ?? ""
const comments = `${setting("GITHUB_API_URL")}/repos/${setting("GITHUB_REPOSITORY")}/issues/${setting("PULL_REQUEST")}/comments`

try {
  const clean = setting("RESULT") === "clean"
  const body = clean ? `${marker}\nContract drift: clean.\n` : reported()
  const edited: Comment[] = []
  for (const one of await earlier()) if (await edit(one, body)) edited.push(one)
  const [first] = edited
  if (first === undefined && clean) say("No drift, and no comment to correct.")
  else {
    const { page } = first ?? written(await ask("POST", comments, body))
    say(`${first === undefined ? "Wrote" : "Edited"} ${page}`)
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

// An interrupted check leaves no text, and an earlier comment must not stay as if it were current.
function reported(): string {
  try {
    return readFileSync(setting("COMMENT"), "utf8")
  } catch {
    return `${marker}\n### Contract drift: NOT CHECKED\n\nThe check left no report.\n`
  }
}

/** False for a comment that this token may not edit: another app wrote it. */
async function edit({ url, page }: Comment, body: string): Promise<boolean> {
  try {
    await ask("PATCH", url, body)
    return true
  } catch (cause) {
    say(`${page} stays as it is: ${cause instanceof Error ? cause.message : "unknown"}`)
    return false
  }
}

async function earlier(): Promise<readonly Comment[]> {
  const ours: Comment[] = []
  for (let page = 1; page <= pagesMax; page++) {
    const found: unknown = await ask("GET", `${comments}?per_page=100&page=${page}`)
    const list: readonly unknown[] = Array.isArray(found) ? found : []
    ours.push(...list.filter(isOurs).map(written))
    if (list.length < 100) break
  }
  return ours.slice(0, oursMax)
}

// Anyone can write the marker, so only comments of an app count, and this token can edit only its own app's comments.
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
