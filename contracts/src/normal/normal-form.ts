// What names the target of an act, in its one spelling: an address, a path, a mailbox, a host.
// Owns: which forms there are, and how a text without a single spelling is refused. Does not own: each form (beside this
// file), nor where the targets of an input are (normal-targets.ts).
// A form is part of a contract and of every trace made with it: what it does to a text never changes. A form that should do
// something else gets a new name.

import { err, type Result } from "../result.ts"
import { normalEmail } from "./normal-email.ts"
import { normalHost } from "./normal-host.ts"
import { normalPath } from "./normal-path.ts"
import { normalUrl } from "./normal-url.ts"

/** The forms of targets, each also the mark of a field that holds one. */
export const targetForms = ["email", "host", "path", "url"] as const
export type TargetForm = (typeof targetForms)[number]

/** The one spelling of a text, or a sentence that says why it has none. The sentence holds nothing of the text. */
export type NormalForm = Result<string, string>

/** The one spelling of a text in a form. Idempotent: the spelling of a spelling is itself. */
export function normalForm(form: TargetForm, text: string): NormalForm {
  if (!text.isWellFormed()) return err("It is not well-formed Unicode.")
  switch (form) {
    case "email":
      return normalEmail(text)
    case "host":
      return normalHost(text)
    case "path":
      return normalPath(text)
    case "url":
      return normalUrl(text)
  }
}
