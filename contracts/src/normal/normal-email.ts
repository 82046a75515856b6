// The one spelling of a mailbox.
// Owns: this spelling. Does not own: whether the mailbox exists.
// The part before the @ stays as it is written: only its host may say that case means nothing there (RFC 5321 §2.4).

import { err, ok, type Result } from "../result.ts"
import { normalHost } from "./normal-host.ts"

/** Longest local part (RFC 5321 §4.5.3.1.1). */
const localCharsMax = 64

/** A mailbox without display name, comment or quotes; its domain as a host is spelled, and a name. */
export function normalEmail(text: string): Result<string, string> {
  const [, local = "", domain = ""] = /^([^@]*)@([^@]*)$/.exec(text) ?? []
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local))
    return err("A mailbox has a plain local part: no quotes, comments, spaces or doubled dots.")
  if (local.length > localCharsMax) return err("The local part of a mailbox is too long.")
  const host = normalHost(domain)
  if (!host.ok) return host
  if (!host.value.includes(".") || host.value.includes(":") || /^[\d.]+$/.test(host.value))
    return err("The domain of a mailbox is a name with at least two parts.")
  return ok(`${local}@${host.value}`)
}
