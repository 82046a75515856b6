import { chmodSync, mkdtempSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { flagsOf } from "../flags.ts"
import { readContexts, refuseShared, writeContexts, type Contexts } from "./contexts.ts"
import { defaultUrl, resolveSettings } from "./settings.ts"

const contexts: Contexts = {
  current: "work",
  byName: new Map([
    ["work", { url: "https://cp.example", token: "of work", principal: null }],
    ["home", { url: "http://127.0.0.1:7420", token: null, principal: null }],
  ]),
}
const settled = (
  flags: { readonly [flag: string]: string },
  env: NodeJS.ProcessEnv = {},
  tokenFile: string | null = null,
) =>
  resolveSettings({
    flags: flagsOf(new Map(Object.entries(flags))),
    env,
    contexts,
    tokenFile,
    folder: "/nowhere",
  })

describe("settings", () => {
  test("the nearest wins: flag, environment, context file, default", () => {
    expect(settled({}).url).toBe("https://cp.example")
    expect(settled({}, { COUNTERFOIL_URL: "http://env.example/" }).url).toBe("http://env.example")
    expect(settled({ url: "http://flag.example" }, { COUNTERFOIL_URL: "http://env.example" }).url).toBe(
      "http://flag.example",
    )
    expect(settled({ context: "home" }, { COUNTERFOIL_CONTEXT: "work" }).url).toBe(defaultUrl)
    expect(
      resolveSettings({
        flags: flagsOf(new Map()),
        env: {},
        contexts: { current: null, byName: new Map() },
        tokenFile: null,
        folder: "",
      }).url,
    ).toBe(defaultUrl)
  })

  test("INV-13 a token is never sent to another server than the one it was stored for", () => {
    expect(settled({}).token).toBe("of work")
    expect(settled({ url: "https://other.example" }).token).toBeNull()
    expect(settled({ url: "https://other.example" }, { COUNTERFOIL_TOKEN: "mine" }).token).toBe("mine")
    expect(settled({}, { COUNTERFOIL_TOKEN: "mine" }, "from a file").token).toBe("from a file")
  })

  test("a URL with credentials or another scheme is a usage error, which does not repeat it", () => {
    expect(() => settled({ url: "https://me:secret@cp.example" })).toThrow("without credentials")
    expect(() => settled({ url: "file:///etc/passwd" })).toThrow("http://")
    expect(() => settled({ context: "gone" })).toThrow("No context gone.")
    expect(() => settled({ timeout: "soon" })).toThrow("--timeout")
  })
})

describe("the context file", () => {
  test("it is written for its owner alone and refused when others can read it", () => {
    const folder = join(mkdtempSync(join(tmpdir(), "counterfoil-contexts-")), "counterfoil")
    writeContexts(folder, contexts)
    expect(statSync(join(folder, "contexts.json")).mode & 0o777).toBe(0o600)
    expect(readContexts(folder)).toEqual({
      current: "work",
      byName: new Map([...contexts.byName].sort(([a], [b]) => (a < b ? -1 : 1))),
    })
    chmodSync(join(folder, "contexts.json"), 0o640)
    expect(() => readContexts(folder)).toThrow("Others can read")
  })

  test("INV-13 a pipe or device is not refused for its mode, and reading reports a missing file", () => {
    expect(refuseShared("/dev/null")).toBe(true)
    expect(refuseShared("/nonexistent/token")).toBe(false)
  })

  test("no file means no contexts", () => {
    expect(readContexts(mkdtempSync(join(tmpdir(), "counterfoil-contexts-"))).byName.size).toBe(0)
  })
})
