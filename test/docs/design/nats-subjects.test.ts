// docs/design/nats-subjects.md: subjects and streams are those that the code builds.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ContractRef, ExecutionId, TenantId } from "@counterfoil/contracts"
import {
  callSubject,
  doorbellSubject,
  eventSubject,
  natsStreams,
  parseSubject,
  submitConsumer,
  submitSubject,
} from "@counterfoil/contracts/nats"
import { rootFolder } from "../../architecture/source-tree.ts"
import { tableRows } from "../../tidy/markdown.ts"

const page = readFileSync(join(rootFolder, "docs", "design", "nats-subjects.md"), "utf8")
const quotedIn = (cell: string | undefined): readonly string[] =>
  [...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "")
const subjects = tableRows(page, "who publishes").flatMap(({ subject }) => quotedIn(subject))

test("each form of a subject on the page is the one that the code builds and parses", () => {
  const tenant = TenantId.parse("acme")
  const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
  const given: Readonly<Record<string, string>> = {
    "<tenant>": tenant,
    "<name>": "intent.submit",
    "<major>": "1",
    "<executionId>": executionId,
    "<kind>": "policy.decided",
  }
  const filled = subjects.map((subject) => subject.replaceAll(/<\w+>/g, (name) => given[name] ?? name))
  const built = [
    callSubject(tenant, ContractRef.parse("controlPlane.intent.submit@1")),
    submitSubject(tenant),
    eventSubject(tenant, executionId, "controlPlane.policy.decided@1"),
  ]
  expect(filled.slice(0, 4)).toEqual([...built, doorbellSubject])
  expect(built.map((subject) => parseSubject(subject)?.kind)).toEqual(["call", "submit", "event"])
  expect(subjects.slice(4)).toEqual(["$SRV.PING", "$SRV.INFO", "$SRV.STATS"])
})

test("the streams on the page are those of the code, and their consumer", () => {
  const rows = tableRows(page, "retention").map(({ stream, subjects: kept, retention }) => ({
    name: quotedIn(stream)[0],
    subjects: quotedIn(kept),
    retention: quotedIn(retention)[0],
  }))
  const { submit, events } = natsStreams
  expect(rows).toEqual(
    [submit, events].map(({ name, subjects: kept, retention }) => ({ name, subjects: kept, retention })),
  )
  expect(page).toContain(`| ${events.days} days |`)
  expect(page).toContain(`\`${submitConsumer}\``)
})
