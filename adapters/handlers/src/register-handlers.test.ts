// What is registered: that every handler has its laws, and what is registered without configuration.

import { readFileSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { makeRegistry } from "@counterfoil/contracts"
import { openPureThreads } from "./threads/pure-threads.ts"
import { HandlerConfig } from "./handler-config.ts"
import { checkThreads, registerHandlers } from "./register-handlers.ts"
import { handler } from "./text/template-render.ts"

const everything = HandlerConfig.parse({
  git: {
    author: { name: "Counterfoil", email: "counterfoil@example.com" },
    repositories: { website: { path: "/srv/website", branch: "main" } },
  },
  fs: { roots: { reports: { path: "/srv/reports" } } },
  http: {
    hosts: [{ origin: "https://api.example.com" }],
    keyed: { origins: ["https://api.example.com"], header: "idempotency-key", window: "PT24H" },
  },
  process: { commands: { build: { program: "/usr/bin/true", args: [], cwd: "/srv" } } },
})
const registered = registerHandlers(everything, async () => undefined, openPureThreads())

describe("registered handlers", () => {
  test("every handler has passed its law suite", () => {
    const folder = dirname(import.meta.filename)
    const tests = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".test.ts"),
    )
    const lawful = tests.flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(/^handlerLaws\(\s*"([^"]+)"/gm)].map(
        ([, name]) => name,
      ),
    )
    expect(new Set(lawful)).toEqual(new Set(registered.handlers.map((handler) => handler.contract.name)))
  })

  test("a handler has a probe exactly when its contract is probeable", () => {
    for (const { contract, probe } of registered.handlers)
      expect([contract.ref, probe !== undefined]).toEqual([contract.ref, contract.effect === "probeable"])
  })

  test("a handler without configuration is not registered", () => {
    const { handlers, contracts } = registerHandlers(
      HandlerConfig.parse({}),
      async () => undefined,
      openPureThreads(),
    )
    expect(handlers.map((handler) => handler.contract.ref)).toEqual(["text.template.render@1"])
    expect(contracts.map((contract) => contract.ref)).toEqual(["text.template.render@1"])
  })

  test("a pure handler that would run beside leases and health is refused", () => {
    expect(() => {
      checkThreads(registered.handlers)
    }).not.toThrow()
    expect(() => {
      checkThreads([...registered.handlers, handler])
    }).toThrow("text.template.render@1 is pure: register it with inThread")
  })

  test("contracts and capabilities make a registry, in which every undo has its contract", () => {
    const registry = makeRegistry(registered.contracts, registered.capabilities)
    for (const { contract } of registered.handlers) {
      if (contract.undo !== null) expect(registry.callable(contract.undo.contract)?.effect).not.toBe("unsafe")
    }
    expect(
      registry.contracts.map((contract) =>
        contract.kind === "command" || contract.kind === "query"
          ? `${contract.ref} ${contract.effect}${contract.irreversible ? " irreversible" : ""} ${contract.floor ?? "-"} ${contract.capability}`
          : `${contract.ref} ${contract.kind} ${contract.capability}`,
      ),
    ).toEqual([
      "fs.file.read@1 read - fs.read",
      "fs.file.write@1 natural - fs.write",
      "git.change.read@1 read - git.write",
      "git.commit.create@1 probeable - git.write",
      "git.file.write@1 natural - git.write",
      "git.log.read@1 read - git.read",
      "git.release.cut@1 intent git.write",
      "git.tag.create@1 probeable high git.write",
      "git.tag.delete@1 natural medium git.write",
      "http.request.get@1 read - http.call",
      "http.request.keyed@1 keyed medium http.call",
      "http.request.send@1 unsafe irreversible - http.call",
      "process.command.read@1 read - process.run",
      "process.command.run@1 unsafe irreversible - process.run",
      "text.template.render@1 pure - text.compute",
    ])
  })
})
