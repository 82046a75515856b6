// Cuts a release: read the log since the last tag, render the notes, write the changelog, commit, tag.
// Owns: the intent and the plan it draws. Does not own: its steps' contracts, nor who has to approve which.
// Pure: the planner calls `plan` twice and compares.

import { defineIntent, output, ref, step } from "@counterfoil/contracts"
import { z } from "zod"
import { gitWrite } from "../capabilities.ts"
import { configuredName, longText } from "../fields.ts"
import { textTemplateRender } from "../text/text-contracts.ts"
import {
  gitCommitCreate,
  gitFileWrite,
  gitLogRead,
  gitTagCreate,
  mintedId,
  mintedTag,
  releaseVersion,
} from "./git-contracts.ts"

/** Most commits that release notes name; the notes state when there were more. */
const notedCommitsMax = 150

const notesTemplate = `## {{version}}

{{#commits}}
- {{subject}}
{{/commits}}
{{^commits}}
- No changes.
{{/commits}}
{{#more}}
- And earlier changes.
{{/more}}

`

/** The file that gets the release notes at its head. */
const changelog = "CHANGELOG.md"

export const gitReleaseCut = defineIntent({
  name: "git.release.cut",
  version: "1.0.0",
  meta: {
    title: "Cut a release",
    goal: "A release of a repository: notes from the log since its last tag, in the changelog, committed and tagged.",
    context:
      "When the branch is ready. If the branch or the changelog changes before the commit is approved, it is refused: submit again. Pushes nothing.",
    owners: ["ai-runtime"],
    tags: ["git", "release"],
    stability: "beta",
  },
  input: z.strictObject({ repository: configuredName, version: releaseVersion }),
  output: z.strictObject({
    tag: mintedTag,
    commit: mintedId,
    notes: longText,
  }),
  capability: gitWrite.name,
  examples: [
    {
      title: "a minor release",
      input: { repository: "website", version: "1.3.0" },
      output: {
        tag: "v1.3.0",
        commit: "0123456789abcdef0123456789abcdef01234567",
        notes: "## 1.3.0\n\n- Say what the release changes\n\n",
      },
    },
    { title: "no semantic version", input: { repository: "website", version: "next" }, fails: "/version" },
  ],
  plan({ repository, version }) {
    const log = step(
      "log",
      gitLogRead,
      { repository, limit: notedCommitsMax },
      { because: "what has changed since the last tag" },
    )
    const notes = step(
      "notes",
      textTemplateRender,
      { template: notesTemplate, values: { version, commits: ref(log, "commits"), more: ref(log, "more") } },
      { because: "release notes from the commits" },
    )
    const write = step(
      "write",
      gitFileWrite,
      { repository, path: changelog, content: ref(notes, "text"), place: "head" },
      { because: "the changelog begins with the newest release" },
    )
    const commit = step(
      "commit",
      gitCommitCreate,
      { repository, paths: [changelog], message: `Release ${version}`, onto: ref(log, "head") },
      { after: [write], because: "nothing but the changelog, on the commit that the notes end at" },
    )
    const tag = step(
      "tag",
      gitTagCreate,
      { repository, tag: `v${version}`, commit: ref(commit, "commit"), message: ref(notes, "text") },
      { undo: true, because: "the tag is the release" },
    )
    return {
      steps: [log, notes, write, commit, tag],
      output: output({ tag: ref(tag, "tag"), commit: ref(tag, "commit"), notes: ref(notes, "text") }),
    }
  },
})
