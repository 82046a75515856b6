// Every command of the program, with arguments that make it ask the server; null for those that never do.
// Owns: the words. Does not own: what a command asks (it says so with --verbose), nor who may (the permission matrix).

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { draftOf } from "../support/asking.ts"
import { effectRef } from "../support/effect-handlers.ts"
import type { Given } from "./requests.ts"

/** The words behind each command. `token` is what `login` keeps; `folder` is for the files that some of them read or write. */
export function commandLines(
  given: Given,
  token: string,
  folder: string,
): { readonly [command: string]: readonly string[] | null } {
  const { subjects, bystander, principal, grant, session, keyId } = given
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const input = { label: "asked", point: "none" }
  const draft = file(
    "draft.json",
    JSON.stringify(draftOf([{ key: "act", contract: effectRef("pure"), input }])),
  )
  const inputFile = file("input.json", JSON.stringify(input))
  const policy = file("rule.cedar", "")
  const exe = (state: keyof typeof subjects.of) => subjects.of[state].executionId
  const request = subjects.requests.held[0]?.approvalId ?? ""
  const digest = subjects.requests.held[0]?.approvalDigest.slice(7, 19) ?? ""
  const because = ["-m", "for the permission matrix"]
  return {
    "start": null,
    "serve": null,
    "migrate": null,
    "demo": null,
    "doctor": [],
    "login": ["--token-file", file("token", token)],
    "logout": null,
    "whoami": [],
    "context list": null,
    "context use": null,
    "submit": ["--draft", draft],
    "plan": ["--draft", draft],
    "queue list": [],
    "queue show": [request],
    "queue watch": null,
    "approve": [request, "--digest", digest],
    "reject": [request, "--digest", digest, "--code", "other", ...because],
    "exec list": [],
    "exec show": [exe("held")],
    "exec watch": [exe("completed")],
    "exec start": [exe("planned")],
    "exec cancel": [exe("running"), ...because],
    "exec pause": [exe("running"), ...because],
    "exec resume": [exe("paused")],
    "exec retry": [exe("failed"), "act", ...because],
    "exec resolve": [
      exe("inDoubt"),
      "act",
      "--did-not-happen",
      "--evidence",
      "statement:the-ledger",
      "-m",
      "the ledger was read line by line",
    ],
    "trace show": [exe("held")],
    "bundle export": [exe("held"), "--out", join(folder, "held.bundle")],
    "bundle show": null,
    "bundle verifier": null,
    "bundle verify": null,
    "replay": [exe("held")],
    "contract list": [],
    "contract explain": null,
    "contract new": null,
    "contract lint": null,
    "contract diff": null,
    "contract generate": null,
    "contract lock": null,
    "drift check": null,
    "drift acknowledge": null,
    "drift show": [],
    "quarantine list": [],
    "policy explain": [effectRef("pure"), "-f", inputFile],
    "policy show": [],
    "policy lint": null,
    "policy test": null,
    "policy activate": [policy, "--layer", "freeze", ...because],
    "grant list": [],
    "grant give": [bystander, "--capability", "control-plane.core", "--until", "1d", ...because],
    "grant revoke": [grant, ...because],
    "person add": ["a person added by a command"],
    "person sign-in": [principal],
    "principal add": ["added by a command", "--kind", "agent", ...because],
    "principal disable": [principal, ...because],
    "principal enable": [principal, ...because],
    "principal list": [],
    "owner recover": null,
    "token create": ["--label", "matrix", "--days", "1"],
    "token list": [],
    "token revoke": [session],
    "key enrol": [],
    "key list": [],
    "key revoke": [keyId],
    "nats config": null,
    "backup": null,
    "restore": null,
    "completion": null,
  }
}
