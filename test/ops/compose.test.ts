// compose.yaml and the Dockerfile are read here, not run: there is no container engine in the gate.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { z } from "zod"
import { commandTree } from "@counterfoil/cli"
import { readTree, rootFolder } from "../architecture/source-tree.ts"

const textOf = (path: string): string => readFileSync(join(rootFolder, path), "utf8")

const Service = z.looseObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
})
const Compose = z.looseObject({
  services: z.record(z.string(), Service.partial({ environment: true })),
  volumes: z.record(z.string(), z.null()),
})

const { services, volumes } = Compose.parse(parse(textOf("compose.yaml"), { merge: true }))
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined)

/** Variables that some source of the program reads, by their names in the text. */
const sources = readTree()
  .sources.filter(({ path, isTest }) => /^(adapters|executor|store)\//.test(path) && !isTest)
  .map(({ text }) => text)
  .join("\n")

describe("compose.yaml", () => {
  test("has a database, a bus, a process that takes calls, two that work and one that relays", () => {
    expect(Object.keys(services)).toEqual(["postgres", "nats", "migrate", "api", "worker", "relay"])
    expect(services["worker"]).toMatchObject({ deploy: { replicas: 2 } })
  })

  test.each(ours)(
    "what %s runs is a command of the program, with its flags",
    async (_name, { command = [] }) => {
      const words = command.filter((word) => /^[a-z]+$/.test(word)).slice(0, 1)
      const leaf = commandTree.find((each) => each.words === words.join(" "))
      const flags = (await leaf?.load())?.flags.map(({ long }) => `--${long}`)
      expect(flags).toBeDefined()
      expect(command.filter((word) => word.startsWith("--") && flags?.includes(word) !== true)).toEqual([])
    },
  )

  test.each(ours)(
    "every variable that %s is given is one that the program reads",
    (_name, { environment }) => {
      const names = Object.keys(environment ?? {})
      expect(names.length).toBeGreaterThan(3)
      expect(names.filter((name) => !sources.includes(`"${name}"`))).toEqual([])
    },
  )

  test("every service that is waited for, every volume and every file exists", () => {
    const missing = Object.values(services).flatMap((service) => [
      ...Object.keys(service.depends_on ?? {}).filter((name) => !(name in services)),
      ...(service.volumes ?? [])
        .map((volume) => volume.split(":")[0] ?? "")
        .filter((from) => (from.startsWith("./") ? !existsSync(join(rootFolder, from)) : !(from in volumes))),
      ...(service.build === undefined || existsSync(join(rootFolder, service.build.dockerfile))
        ? []
        : [service.build.dockerfile]),
    ])
    // What `counterfoil nats config` writes has passwords in it and is not in the repository.
    expect(missing).toEqual(["./ops/nats/nats-server.conf"])
  })

  test("INV-13 no password is written into it, and every one that it asks for is in the example", () => {
    const asked = [...textOf("compose.yaml").matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name)
    const example = [...textOf("ops/compose.env.example").matchAll(/^([A-Z_]+)=/gm)].map(
      ([, name = ""]) => name,
    )
    expect([...new Set(asked)].toSorted()).toEqual(example.toSorted())
    expect(textOf("compose.yaml")).not.toMatch(/:\/\/[a-z_]+:[^$]/)
  })

  test("the image starts the program by a path that exists, as a user without rights", () => {
    const dockerfile = textOf("ops/Dockerfile")
    const [, entry = ""] = /ENTRYPOINT \["node", "([^"]+)"\]/.exec(dockerfile) ?? []
    expect(existsSync(join(rootFolder, entry))).toBe(true)
    expect(dockerfile).toContain("USER node")
  })
})
