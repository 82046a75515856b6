// The list of tidy checks: what an import graph cannot see.
// Owns: the list alone. A check that is not here does not run, and one here without a planted fault fails.

import type { Check } from "../architecture/check.ts"
import { citationsHaveATarget } from "./citations.ts"
import { documentChecks } from "./documents.ts"
import { escapeChecks } from "./escapes.ts"
import { idsAreDefined } from "./ids.ts"
import { invariantsAreShown } from "./invariants.ts"
import { nameChecks } from "./names.ts"
import { proseChecks } from "./prose.ts"
import { pureCodeIsPure, testsDoNotSleep } from "./pure-code.ts"
import { wordsStayFew } from "./words.ts"

/** Every tidy check. */
export const tidyChecks: readonly Check[] = [
  pureCodeIsPure,
  testsDoNotSleep,
  ...escapeChecks,
  ...proseChecks,
  ...nameChecks,
  invariantsAreShown,
  ...documentChecks,
  citationsHaveATarget,
  idsAreDefined,
  wordsStayFew,
]
