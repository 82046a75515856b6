// docs/DEBUGGING.md, typed block after block: a server and a test under the inspector, and the trace of one execution.
// Ports and the folder are this test's own, and the line of the breakpoint is that of the source; everything else is as shown.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { mutants } from "../sim/mutants.ts"
import { pinnedSeeds } from "../sim/seeds.ts"
import { compileCache } from "../support/compile-cache.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { freePort } from "../support/nats-server.ts"
import { until } from "../support/until.ts"
import { openDebuggerSession, type DebuggerSession } from "./debugger-session.ts"
import { fencedBlock } from "./run-blocks.ts"
import { openTypedShell, type TypedShell } from "./typed-shell.ts"

const textOf = (path: string): string => readFileSync(join(rootFolder, path), "utf8")
const page = textOf("docs/DEBUGGING.md")
const place = newDataFolder("debugging")
const inPlace = (name: string): string => join(place.path, name)

let shell: TypedShell
let session: DebuggerSession
beforeAll(async () => {
  const main = join(rootFolder, "adapters", "cli", "src", "main.ts")
  shell = openTypedShell({
    folder: place.path,
    env: { HOME: place.path, NO_COLOR: "1", ...compileCache },
    programs: {
      npx: `#!/bin/sh\ncase $1 in counterfoil) shift; set -- "${process.execPath}" "${main}" "$@";; esac\nexec "$@"\n`,
    },
  })
  session = openDebuggerSession()
  await shell.type(`cd "${rootFolder}"`)
})
afterAll(async () => {
  session.close()
  await shell.close()
  place.remove()
})

/** The blocks that are typed, in the order of the page. */
function blocksOf(text: string): readonly { readonly kind: string; readonly body: string }[] {
  return [...text.matchAll(/^```(sh typed|console debugger)\n([\s\S]*?)^```$/gm)].map(
    ([, kind = "", body = ""]) => ({ kind, body }),
  )
}

/** The first line of what `compilePlan` does, as the page gives it. */
function breakpointLine(): number {
  const lines = textOf("planner/src/compile-plan.ts").split("\n")
  return lines.findIndex((line) => line.startsWith("export function compilePlan(")) + 2
}

describe("docs/DEBUGGING.md", () => {
  test(
    "what is typed stops a server and a test where the page says, and shows a trace and its replay",
    {
      timeout: 180_000,
    },
    async () => {
      const ports = new Map<string, number>()
      for (const port of ["9229", "9230", "7420"]) ports.set(port, await freePort())
      const metrics = await freePort()
      const here = (text: string): string =>
        [...ports]
          .reduce((moved, [port, own]) => moved.replaceAll(port, String(own)), text)
          .replaceAll("/tmp/counterfoil-debug", inPlace("debug"))
          .replaceAll(
            /(compile-plan\.ts(?:', |:))\d+/g,
            (_all, before: string) => `${before}${breakpointLine()}`,
          )
          .replace("start --data", `start --metrics-port ${metrics} --data`)
      const printed: string[] = []
      for (const { kind, body } of blocksOf(page)) {
        if (kind === "sh typed") printed.push(await shell.type(here(body)))
        else await session.type(here(body))
      }
      const planned = await until("plan", 30_000, () => readFileSync(inPlace("debug.plan"), "utf8") || null)
      expect(planned).toContain("allow")
      const tested = await until(
        "end of the test",
        30_000,
        () => /^ *Tests .*$/m.exec(readFileSync(inPlace("debug.test"), "utf8"))?.[0],
      )
      expect(tested).toContain("passed")
      const shown = printed.join("\n")
      for (const text of ["completed", "controlPlane.execution.step.started@1", "allow", "identical: plan"])
        expect(shown).toContain(text)
    },
  )

  test("the test that it makes of a seed is one that the gate runs, and the seed and its fault are pinned", () => {
    const block = fencedBlock(page, "ts seed-99") ?? "no block"
    const source = textOf("executor/core/src/due/next-work.test.ts").replaceAll(/^ {2}/gm, "")
    expect(source).toContain(block)
    const pinned = pinnedSeeds.find(({ seed }) => seed === 99)
    expect(mutants.find(({ id }) => id === pinned?.back)?.file).toBe("executor/core/src/due/approval-work.ts")
  })
})
