// Tags a commit, at most once a key; and deletes a tag that it made.
// Owns: the annotated tag object with the key in its last line, and the one act: creating (or deleting) the reference.
// Does not own: how git is called. Keeps INV-03: an existing tag counts as this key's only if it carries the key; else it stays.

import { builtIn } from "../built-in.ts"
import {
  cannotTell,
  notSent,
  rejected,
  succeeded,
  unknown,
  type HandlerCall,
} from "@counterfoil/contracts/ports"
import { utf8Bytes, textBytesMax } from "../fields.ts"
import { gitTagCreate, gitTagDelete, keyTrailer } from "./git-contracts.ts"
import { actSignal, type Repository } from "./repository.ts"

type Repositories = ReadonlyMap<string, Repository>

/** The target of a tag's reference: its tag object, the commit, and whether its last line has the key. */
type Standing = { readonly tagObject: string; readonly commit: string; readonly ours: boolean }

/** The handler of `git.tag.create`. */
export const tagCreateHandler = (repositories: Repositories) =>
  builtIn(
    gitTagCreate,
    [
      "REPOSITORY_UNKNOWN",
      "COMMIT_UNKNOWN",
      "TAG_AMBIGUOUS",
      "TAG_EXISTS",
      "TOO_LARGE",
      "notSent",
      "unknown",
    ],
    async ({ repository: name, tag, commit, message }, call) => {
      const repository = repositories.get(name)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      if (utf8Bytes(message) > textBytesMax) return rejected("TOO_LARGE", "The message is too long.")
      return repository.alone(async () => {
        const before = await standing(repository, tag, call)
        if (before === undefined) return notSent("git could not read the tag")
        if (before !== null) return answerOf(tag, before)
        const { signal } = call
        const known = await repository.read({ signal, args: ["cat-file", "-t", commit] })
        if (known !== "commit") return rejected("COMMIT_UNKNOWN", "The repository has no such commit.")
        const plain = await meansNothingElse(repository, tag, call)
        if (plain === null) return notSent("git could not look the name up")
        if (!plain)
          return rejected(
            "TAG_AMBIGUOUS",
            "git resolves this name to something other than a tag of that name.",
          )
        const input = tagText(
          tag,
          commit,
          await identity(repository, call),
          `${message.trimEnd()}\n\n${keyTrailer}: ${call.idempotencyKey}\n`,
        )
        const tagObject = await repository.read({ signal, input, args: ["mktag"] })
        if (tagObject === null) return notSent("git could not write the tag")
        await repository.removeStaleLocks([`refs/tags/${tag}`], Date.now())
        if (signal.aborted) return unknown("the attempt was aborted")
        const act = { ...call, signal: actSignal() }
        await repository.run({
          signal: act.signal,
          date: call.startedAt,
          args: ["update-ref", `refs/tags/${tag}`, tagObject, "0".repeat(tagObject.length)],
        })
        const after = await standing(repository, tag, act)
        if (after === undefined) return unknown("git did not show whether the tag exists")
        return after === null ? notSent("the tag is locked") : answerOf(tag, after)
      })
    },
    async ({ repository: name, tag }, call) => {
      const repository = repositories.get(name)
      const found = repository === undefined ? undefined : await standing(repository, tag, call)
      if (found === undefined) return cannotTell("git could not read the tag")
      if (found?.ours !== true) return { kind: "notFound" }
      return { kind: "found", output: { tag, commit: found.commit, tagObject: found.tagObject } }
    },
  )

/** The handler of `git.tag.delete`. */
export const tagDeleteHandler = (repositories: Repositories) =>
  builtIn(
    gitTagDelete,
    ["REPOSITORY_UNKNOWN", "TAG_MOVED", "notSent", "unknown"],
    async ({ repository: name, tag, tagObject }, call) => {
      const repository = repositories.get(name)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      return repository.alone(async () => {
        const before = await objectOf(repository, tag, call)
        if (before === null) return succeeded({ tag })
        if (before === undefined) return notSent("git could not read the tag")
        if (before !== tagObject)
          return rejected("TAG_MOVED", "The tag is not the one that the step may delete.")
        await repository.removeStaleLocks([`refs/tags/${tag}`, "packed-refs"], Date.now())
        if (call.signal.aborted) return unknown("the attempt was aborted")
        const act = { ...call, signal: actSignal() }
        const end = await repository.run({
          signal: act.signal,
          args: ["update-ref", "-d", `refs/tags/${tag}`, tagObject],
        })
        const after = await objectOf(repository, tag, act)
        if (after === null) return succeeded({ tag })
        return end.kind === "exited" && after === tagObject
          ? notSent("the tag is locked")
          : unknown("git did not show whether the tag exists")
      })
    },
  )

/** Names that git reserves or resolves elsewhere first, and whole object ids (gitrevisions(7)). */
const ofGit =
  /^(?:refs|heads|tags|remotes)\/|(?:^|\/)(?:[A-Z_]*HEAD|AUTO_MERGE)$|^[0-9a-f]{40}(?:[0-9a-f]{24})?$/i

/** Whether git resolves an unused tag name to nothing: no branch, remote, stash, object or revision. `null`: git failed. */
async function meansNothingElse(
  repository: Repository,
  tag: string,
  { signal }: HandlerCall,
): Promise<boolean | null> {
  if (ofGit.test(tag)) return false
  const end = await repository.run({
    signal,
    args: ["rev-parse", "--verify", "--quiet", "--end-of-options", tag],
  })
  return end.kind === "exited" && end.code <= 1 ? end.code === 1 : null
}

function answerOf(tag: string, { tagObject, commit, ours }: Standing) {
  return ours
    ? succeeded({ tag, commit, tagObject })
    : rejected("TAG_EXISTS", "A tag of this name exists already.")
}

/** The object that a tag's reference holds; `null` when there is no such tag, `undefined` when git failed. */
async function objectOf(
  repository: Repository,
  tag: string,
  { signal }: HandlerCall,
): Promise<string | null | undefined> {
  const printed = await repository.read({
    signal,
    args: ["for-each-ref", "--format=%(refname) %(objectname)", `refs/tags/${tag}`],
  })
  if (printed === null) return undefined
  const line = printed.split("\n").find((each) => each.startsWith(`refs/tags/${tag} `))
  return line?.slice(line.indexOf(" ") + 1) ?? null
}

/** The tag of a name; `null` when there is none, `undefined` when git failed. */
async function standing(
  repository: Repository,
  tag: string,
  call: HandlerCall,
): Promise<Standing | null | undefined> {
  const tagObject = await objectOf(repository, tag, call)
  if (tagObject === null || tagObject === undefined) return tagObject
  const { signal } = call
  const commit = await repository.read({
    signal,
    args: ["rev-parse", "--verify", "--quiet", `${tagObject}^{commit}`],
  })
  const body = await repository.read({ signal, args: ["cat-file", "-p", tagObject] })
  if (body === null) return undefined
  // A tag that leads to a tree, or a lightweight one, was not made by this handler.
  return {
    tagObject,
    commit: commit ?? tagObject,
    ours: commit !== tagObject && body.endsWith(`\n${keyTrailer}: ${call.idempotencyKey}`),
  }
}

/** Who tags, and when: the configured author at the time of the attempt, as git writes it. */
async function identity(repository: Repository, { signal, startedAt: date }: HandlerCall): Promise<string> {
  return (await repository.read({ signal, date, args: ["var", "GIT_COMMITTER_IDENT"] })) ?? ""
}

function tagText(tag: string, commit: string, tagger: string, message: string): string {
  return `object ${commit}\ntype commit\ntag ${tag}\ntagger ${tagger}\n\n${message}`
}
