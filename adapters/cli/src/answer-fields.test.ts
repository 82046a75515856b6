import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { approvalList, executionGet } from "@counterfoil/contracts"
import { refuseAbsentFields, refuseUnknownFields } from "./answer-fields.ts"
import { commandTree } from "./command-tree.ts"
import { runCli } from "./run-cli.ts"

const outside = (said: string[]) => ({
  env: { XDG_CONFIG_HOME: "/nonexistent", COUNTERFOIL_URL: "http://127.0.0.1:9", COUNTERFOIL_TOKEN: "cft_x" },
  interactive: true,
  stdoutIsTerminal: false,
  signal: new AbortController().signal,
  now: () => Date.now(),
  pause: () => Promise.resolve(),
  out: (text: string) => said.push(text),
  say: (text: string) => said.push(text),
  ask: () => Promise.reject(new Error("nothing is asked")),
  read: (path: string) => readFileSync(path),
})

describe("--fields", () => {
  test("accepts a field that an answer can have, also a nested one, whether or not this answer has it", () => {
    for (const [shape, path] of [
      [approvalList.output, "approvalId"],
      [approvalList.output, "quorum.needed"],
      [executionGet.output, "failure.code"],
      [executionGet.output, "output.whatever.it.is"],
    ] as const)
      expect(() => refuseUnknownFields(shape, [path])).not.toThrow()
  })

  test.each([
    ["approvalid", approvalList.output],
    ["quorum.need", approvalList.output],
    ["items.approvalId", approvalList.output],
    ["executionId.more", executionGet.output],
  ])("refuses %s, and lists the fields that there are", (path, shape) => {
    expect(() => refuseUnknownFields(shape, [path])).toThrow(`The answer has no ${path}.`)
  })

  test("is checked before a command calls its server or asks its person anything", async () => {
    const said: string[] = []
    expect(await runCli(["queue", "list", "--fields", "approvalId,colour"], outside(said))).toBe(2)
    expect(said.join("\n")).toContain("The answer has no colour.")
    expect(said.join("\n")).toMatch(/its fields are .*approvalDigest, approvalId,/)
  })

  test("is checked against the answer where no shape is declared", async () => {
    const said: string[] = []
    expect(await runCli(["context", "list", "--fields", "nmae"], outside(said))).toBe(0)
    const shown = { document: {}, items: [{ name: "a" }, { url: "b" }], text: () => "" }
    expect(() => refuseAbsentFields(shown, ["name", "url"])).not.toThrow()
    expect(() => refuseAbsentFields(shown, ["nmae"])).toThrow("The answer has no nmae.")
  })

  test("every declared shape has fields to pick", async () => {
    for (const { load } of commandTree) {
      const { document } = await load()
      if (document === undefined) continue
      expect(() => refuseUnknownFields(document, ["no-such-field"])).toThrow("no-such-field")
    }
  })
})

describe("a command that asks its person", () => {
  test.each([
    [
      ["reject", "apr_55rv"],
      ["--code", "--reason"],
    ],
    [["reject", "apr_55rv", "apr_66rv", "-m", "no"], ["--code"]],
    [
      ["grant", "give", "ana", "--role", "finance"],
      ["--until", "--reason"],
    ],
  ])("says what is missing of %j before it asks anything", async (argv, missing) => {
    const said: string[] = []
    expect(await runCli(argv, outside(said))).toBe(2)
    for (const flag of missing)
      expect(said.join("\n")).toContain(`${flag}: it is required, and was not given.`)
  })
})
