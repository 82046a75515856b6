// Manifests against the table: what a package declares is what its row allows, and its exports map opens no more.
// Owns: the check of each package.json. pnpm then makes an undeclared import unresolvable.
// Does not own: whether a declared library is used (knip sees to that).

import { z } from "zod"
import type { Breach, Check } from "./check.ts"
import { covers, entries, mayImport, packageOf, rooms, type Room } from "./may-import.ts"
import type { TextFile } from "./source-tree.ts"

const manifestShape = z.object({
  name: z.string(),
  private: z.literal(true),
  exports: z.record(z.string(), z.string().nullable()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})

const scope = "@counterfoil/"
/** Outside of the workspace: the benchmark alone installs it. Any library may stand there, and no package of ours. */
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
  const folder = file.path.split("/")[0] ?? ""
  const own = rooms.filter((room) => packageOf(room) === folder)
  if (own.length === 0) return [{ at: file.path, message: `${folder} is no package of the table` }]
  const { name, exports, dependencies, optionalDependencies } = manifestShape.parse(JSON.parse(file.text))
  const declared = { ...dependencies, ...optionalDependencies }
  const messages = [
    ...(name === scope + folder ? [] : [`the name is ${scope}${folder}, not ${name}`]),
    ...exportsProblems(folder, exports),
    ...Object.keys(declared).flatMap((dependency) => undeclarable(own, dependency)),
    ...Object.entries(declared).flatMap(([dependency, version]) => floating(dependency, version)),
    ...missingSiblings(own, folder, Object.keys(declared)),
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

function exportsProblems(
  folder: string,
  exports: Readonly<Record<string, string | null>>,
): readonly string[] {
  const opened = Object.entries(entries).find(([name]) => name === folder)?.[1]
  if (opened === undefined)
    return Object.keys(exports).length === 0 ? [] : [`${folder} opens nothing to others`]
  const wanted = Object.entries(opened).map(([way, path]) => `${way} ${path.replace(`${folder}/`, "./")}`)
  const actual = Object.entries(exports).map(([way, path]) => `${way} ${path ?? "closed"}`)
  const same = [...wanted, "./* closed"].toSorted().join("\n") === actual.toSorted().join("\n")
  return same ? [] : [`exports must be exactly ${wanted.join(", ")}, with "./*": null`]
}

function undeclarable(own: readonly Room[], dependency: string): readonly string[] {
  const isSibling = dependency.startsWith(scope)
  const names = isSibling
    ? rooms.filter((room) => packageOf(room) === dependency.slice(scope.length))
    : [dependency]
  const allowed = own.some((room) => names.some((name) => covers(mayImport[room], name)))
  return allowed ? [] : [`${dependency} is not in the row of ${own.join(" or ")}`]
}

function floating(dependency: string, version: string): readonly string[] {
  const pinned = dependency.startsWith(scope) ? version === "workspace:*" : exactVersion.test(version)
  return pinned ? [] : [`${dependency} ${version} floats: pin it exactly`]
}

function missingSiblings(
  own: readonly Room[],
  folder: string,
  declared: readonly string[],
): readonly string[] {
  const needed = own.flatMap((room) =>
    rooms.filter((other) => (mayImport[room] as readonly string[]).includes(other)),
  )
  const packages = new Set(needed.map(packageOf).filter((name) => name !== folder))
  return [...packages].flatMap((name) =>
    declared.includes(scope + name) ? [] : [`${scope}${name} is not declared`],
  )
}
