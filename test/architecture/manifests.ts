// Manifests against the table: what a package declares is what its row allows, and its exports map opens no more.
// Owns: the check of each package.json. pnpm then makes an undeclared import unresolvable.
// Does not own: whether a declared library is used (knip sees to that).

import { z } from "zod"
import type { Breach, Check } from "./check.ts"
import { covers, entries, mayImport, nameOf, rooms, type Room } from "./may-import.ts"
import type { TextFile } from "./source-tree.ts"

const manifestShape = z.object({
  name: z.string(),
  private: z.literal(true),
  exports: z.record(z.string(), z.string().nullable()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})

const scope = "@counterfoil/"
/** Outside of the workspace: the benchmark alone installs it. It may name any library, and no package of this workspace. */
const peersManifest = "test/bench/peers/package.json"
const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/

/** Each package of the table has a manifest that agrees with its row, and nothing floats. */
export const manifestsFollowTheTable: Check = {
  name: "manifests follow the table",
  look: (tree) => {
    const ofPackages = tree.manifests.filter(({ path }) => path !== "package.json")
    return { seen: ofPackages.length, breaches: ofPackages.flatMap(breachesOf) }
  },
}

function breachesOf(file: TextFile): readonly Breach[] {
  if (file.path === peersManifest) return peersBreachesOf(file)
  const folder = file.path.slice(0, -"/package.json".length)
  const room = rooms.find((each) => each === folder)
  if (room === undefined) return [{ at: file.path, message: `${folder} is not a package of the table` }]
  const { name, exports, dependencies, devDependencies, optionalDependencies } = manifestShape.parse(
    JSON.parse(file.text),
  )
  const declared = { ...dependencies, ...optionalDependencies }
  const messages = [
    ...(name === nameOf(room) ? [] : [`the name is ${nameOf(room)}, not ${name}`]),
    ...exportsProblems(room, exports),
    ...Object.keys(declared).flatMap((dependency) => undeclarable(room, dependency)),
    ...Object.keys(devDependencies).flatMap(sharesNothing),
    ...Object.entries({ ...declared, ...devDependencies }).flatMap(([dependency, version]) =>
      floating(dependency, version),
    ),
    ...missingSiblings(room, Object.keys(declared)),
  ]
  return messages.map((message) => ({ at: file.path, message }))
}

function peersBreachesOf({ path, text }: TextFile): readonly Breach[] {
  return Object.entries(manifestShape.parse(JSON.parse(text)).dependencies).flatMap(([dependency, version]) =>
    [
      ...(dependency.startsWith(scope) ? [`${dependency} is ours, and no peer`] : []),
      ...floating(dependency, version),
    ].map((message) => ({ at: path, message })),
  )
}

function exportsProblems(room: Room, exports: Readonly<Record<string, string | null>>): readonly string[] {
  const opened = Object.entries(entries).find(([name]) => name === room)?.[1]
  if (opened === undefined)
    return Object.keys(exports).length === 0 ? [] : [`${room} opens nothing to others`]
  const wanted = Object.entries(opened).map(([way, path]) => `${way} ${path.replace(`${room}/`, "./")}`)
  const actual = Object.entries(exports).map(([way, path]) => `${way} ${path ?? "closed"}`)
  const same = [...wanted, "./* closed"].toSorted().join("\n") === actual.toSorted().join("\n")
  return same ? [] : [`exports must be exactly ${wanted.join(", ")}, with "./*": null`]
}

const roomNamed = (dependency: string): Room | undefined => rooms.find((room) => nameOf(room) === dependency)

function undeclarable(room: Room, dependency: string): readonly string[] {
  const name = dependency.startsWith(scope) ? (roomNamed(dependency) ?? dependency) : dependency
  return covers(mayImport[room], name) ? [] : [`${dependency} is not in the row of ${room}`]
}

/** What only tests import of another package is what it shares with them. */
function sharesNothing(dependency: string): readonly string[] {
  if (!dependency.startsWith(scope)) return []
  const opened = Object.entries(entries).find(([name]) => name === roomNamed(dependency))?.[1] ?? {}
  return "./test" in opened ? [] : [`${dependency} shares nothing with the tests of others`]
}

function floating(dependency: string, version: string): readonly string[] {
  const pinned = dependency.startsWith(scope) ? version === "workspace:*" : exactVersion.test(version)
  return pinned ? [] : [`${dependency} ${version} floats: pin it exactly`]
}

function missingSiblings(room: Room, declared: readonly string[]): readonly string[] {
  return rooms
    .filter((other) => (mayImport[room] as readonly string[]).includes(other))
    .map(nameOf)
    .flatMap((name) => (declared.includes(name) ? [] : [`${name} is not declared`]))
}
