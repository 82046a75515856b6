// Reads what a commit of some files would contain, for the people who approve it.
// Owns: the query's answers. Does not own: reading the state (commit-state.ts).

import { builtIn } from "../built-in.ts"
import { rejected, succeeded } from "@counterfoil/contracts/ports"
import { parentOf, readCommitState } from "./commit-state.ts"
import { gitChangeRead } from "./git-contracts.ts"
import type { Repository } from "./repository.ts"

/** The handler of `git.change.read`. */
export const changeReadHandler = (repositories: ReadonlyMap<string, Repository>) =>
  builtIn(
    gitChangeRead,
    ["REPOSITORY_UNKNOWN", "WRONG_BRANCH", "PATH_REFUSED", "NOTHING_TO_COMMIT", "notSent"],
    async ({ repository: name, paths }, { signal }) => {
      const repository = repositories.get(name)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      const head = await parentOf(repository, signal)
      if (head.kind !== "read") return head
      const read = await readCommitState({ repository, paths, signal }, head.parent)
      return read.kind === "read" ? succeeded(read.state) : read
    },
  )
