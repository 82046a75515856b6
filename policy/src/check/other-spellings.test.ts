import { describe, expect, test } from "vitest"
import { controlPlaneCapabilities, controlPlaneContracts, makeRegistry } from "@counterfoil/contracts"
import { contractOf, engine, now, sourceOf } from "../../test/world.ts"
import { lintPolicies } from "../lint-policies.ts"

const marked = (form: string) => ({ "type": "string", "x-marks": ["policy", "target", form] })
const base = contractOf({ ref: "web.page.fetch@1" })
const fetchPage = {
  ...base,
  inputSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      url: marked("url"),
      path: marked("path"),
      to: { "type": "array", "items": marked("email"), "x-marks": ["policy"] },
      note: { "type": "string", "x-marks": ["policy"] },
    },
    required: ["url", "path", "to", "note"],
  },
}
const registry = makeRegistry([...controlPlaneContracts, fetchPage], controlPlaneCapabilities)

/** What the linter says of a forbid with this condition. */
const found = (condition: string) =>
  lintPolicies({
    source: sourceOf(
      `@id("tenant.one") @reason("because it is so") forbid (principal, action == Counterfoil::Action::"web.page.fetch@1", resource) when { ${condition} };`,
    ),
    registry,
    engine,
    now,
  })

describe("a text in a rule that is compared with a target", () => {
  test.each([
    'context.input.url like "http://HOST:80/%61dmin*"',
    'context.input.url like "http://host:80/admin*"',
    'context.input.url like "http://host//admin*"',
    'context.input.url == "http://host"',
    '"http://host" == context.input.url',
    'context.input.url != "HTTP://host/"',
    '["http://host/", "http://host/%61"].contains(context.input.url)',
    'context.input.path == "./CHANGELOG.md"',
    'context.input.path == "../CHANGELOG.md"',
    'context.input.path like "./docs/*"',
    'context.input.path like "docs//*"',
    'context.input.path like "./a"',
    'context.input.to.contains("ana@ACME.example")',
    'context.input.to.containsAny(["ana@acme.example", "ben@Acme.example"])',
    'context.input.note == "x" && !(context.input.url == "http://host:80/")',
  ])("INV-04 is refused in another spelling: %s", (condition) => {
    expect(found(condition).map(({ code }) => code)).toEqual(["L18"])
  })

  test.each([
    'context.input.url like "http://host/admin*"',
    'context.input.url like "http://host/*"',
    'context.input.url like "http://host*"',
    'context.input.url like "*admin*"',
    'context.input.url like "http://host/a?b=%2*"',
    'context.input.url == "http://host/"',
    'context.input.path like "docs/*"',
    'context.input.path like "docs/.*"',
    'context.input.path like "/*"',
    'context.input.path == "CHANGELOG.md"',
    'context.input.to.contains("ana@acme.example")',
    'context.input.note == "./x//HTTP://HOST"',
  ])("is accepted in the one spelling, and where that is not decided: %s", (condition) => {
    expect(found(condition)).toEqual([])
  })

  test("is named with the spelling to write", () => {
    expect(found('context.input.path == "./CHANGELOG.md"')[0]?.message).toBe(
      '"./CHANGELOG.md" never equals context.input.path, a path in its one spelling: write "CHANGELOG.md"',
    )
  })
})
