// `nats config`: writes the configuration of a nats-server with one user per role, and the users' addresses. Offline.
// Owns: its flags and words. Does not own: what each user may do (nats/nats-roles.ts), nor the files (nats/write-server-config.ts).

import { join, resolve } from "node:path"
import { TenantId } from "@counterfoil/contracts"
import { natsLogins, addressesFile, serverFile, writeServerConfig } from "@counterfoil/server/nats"
import { openRandom } from "@counterfoil/server/process"
import { systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { isThere } from "../offline/file-exists.ts"
import { installedRegistry } from "../offline/installed.ts"

/** The command. */
export const natsConfig: Command = {
  examples: ["nats config /etc/counterfoil", "nats config nats --tenant acme,globex --listen 10.0.0.5:4222"],
  arguments: [{ name: "folder", help: "where both files are written; neither may exist" }],
  flags: [
    { long: "tenant", value: "NAME", many: true, help: "a tenant that gets users of its own (local)" },
    { long: "listen", value: "HOST:PORT", help: "where the server listens (127.0.0.1:4222)" },
    { long: "store", value: "DIR", help: "where JetStream keeps its streams (jetstream in the folder)" },
  ],
  exits: [0, 1, 2, 6],
  run: async ({ args: [given = "."], flags }) => {
    const folder = resolve(given)
    const tenants = flags.texts("tenant")
    const users = natsLogins(
      installedRegistry(undefined),
      (tenants.length === 0 ? ["local"] : tenants).map(tenantOf),
    )
    const place = {
      ...placeOf(flags.text("listen")),
      storeDir: resolve(flags.text("store") ?? join(folder, "jetstream")),
    }
    try {
      writeServerConfig(folder, place, users, openRandom())
    } catch (cause) {
      const there = isThere(cause)
      throw new CliError(`The files cannot be written: ${systemReason(cause)}.`, {
        code: there ? "FILE_EXISTS" : "FILE_UNWRITABLE",
        ends: there ? "conflict" : "failed",
        fix: "choose another folder, or move the existing files away: their passwords may be in use",
        see: "docs/NATS.md",
      })
    }
    const files = [join(folder, serverFile), join(folder, addressesFile)]
    return {
      exit: 0,
      shown: {
        document: { files, users: users.map(({ name }) => name) },
        text: () =>
          [
            `${files[0]}  for nats-server -c; passwords are hashed`,
            `${files[1]}  an address with a password for each of ${users.length} users; pass each to its user, and delete the file`,
          ].join("\n"),
      },
    }
  },
}

function tenantOf(name: string): TenantId {
  const tenant = TenantId.safeParse(name)
  if (tenant.success) return tenant.data
  throw new CliError("A tenant's name has 2 to 31 letters, digits and -, and starts with a letter.", {
    fix: "counterfoil nats config nats --tenant acme",
  })
}

function placeOf(listen = "127.0.0.1:4222"): { readonly host: string; readonly port: number } {
  const [, host, port] = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(listen) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new CliError("--listen is a host and a port.", {
      fix: "counterfoil nats config nats --listen 127.0.0.1:4222",
    })
  return { host, port: Number(port) }
}
