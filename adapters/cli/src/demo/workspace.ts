// The demo's workspace: a clone of a real repository, two approvers, an owner and an agent, made through the gate.
// Owns: its parts, each of which is made only once. Does not own: the installation's owner (process/bootstrap.ts).
// Keeps INV-13: tokens and keys are files that only their owner can read.

import { execFileSync } from "node:child_process"
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import {
  addMs,
  RoleName,
  type Json,
  type PrincipalId,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, Random } from "@counterfoil/contracts/ports"
import { mintToken } from "@counterfoil/gate"
import { handlersFile } from "@counterfoil/server/settings"
import { call, must, spkiOf, type Someone } from "./demo-client.ts"

/** The principals of the demo; `ids` by name. */
export interface Workspace {
  readonly repository: string
  readonly people: {
    readonly [name in "owner" | "ana" | "ben" | "agent"]: Someone & { readonly id: PrincipalId }
  }
}

/** The configured name of the repository. */
export const demoRepository = "demo"
const capabilitiesOfAgent = ["control-plane.core", "git.read", "git.write", "text.compute"]
const dayMs = 86_400_000
const approver = RoleName.parse("approver")

/** Clones the repository and writes the handlers' configuration, before the process starts; existing files stay. */
export function prepareRepository(dataDir: string): string {
  const path = resolve(dataDir, "demo", "repository")
  if (!existsSync(join(path, ".git"))) {
    mkdirSync(resolve(dataDir, "demo"), { recursive: true })
    cloneHistory(path)
  }
  const file = handlersFile(resolve(dataDir))
  if (!existsSync(file)) {
    const author = { name: "Counterfoil demo", email: "demo@counterfoil.invalid" }
    writeFileSync(
      file,
      `${JSON.stringify({ git: { author, repositories: { [demoRepository]: { path, branch: "main" } } } }, null, 2)}\n`,
      { mode: 0o600 },
    )
  }
  return path
}

/** What adding people needs: the gate for governing commands, and the directory for tokens, which are secrets and not in traces. */
interface WorkspaceWorld {
  readonly url: string
  readonly dataDir: string
  readonly directory: Directory
  readonly random: Random
  readonly tenant: TenantId
  readonly now: Time
}

/** Adds the people and the agent; every step can be repeated and finds what it made before. */
export async function prepareWorkspace(world: WorkspaceWorld): Promise<Workspace> {
  const found = await world.directory.principalByName(world.tenant, "owner")
  if (found === null) throw new Error("this installation has no owner to run the demo as")
  const owner = {
    name: "owner",
    id: found.id,
    key: null,
    token: await tokenOf(world, "owner", found.id),
  }
  const ana = await person(world, owner.token, "ana")
  const ben = await person(world, owner.token, "ben")
  const agentId = await added(world, owner.token, {
    kind: "agent",
    name: "release-agent",
    owner: found.id,
    reason: "cuts releases in the demo",
  })
  for (const capability of capabilitiesOfAgent) {
    await given(world, owner.token, `agent-${capability}`, {
      principal: agentId,
      principalKind: "agent",
      capability,
      scope: { level: "own" },
      expiresAt: addMs(world.now, 30 * dayMs),
      reason: "cuts releases in the demo",
    })
  }
  const agent = {
    name: "release-agent",
    id: agentId,
    key: null,
    token: await tokenOf(world, "release-agent", agentId),
  }
  return { repository: resolve(world.dataDir, "demo", "repository"), people: { owner, ana, ben, agent } }
}

async function person(
  world: WorkspaceWorld,
  ownerToken: string,
  name: string,
): Promise<Someone & { readonly id: PrincipalId }> {
  const id = await added(world, ownerToken, { kind: "human", name, reason: "reviews in the demo" })
  const until = addMs(world.now, 30 * dayMs)
  for (const capability of ["control-plane.core", "control-plane.approval", "control-plane.audit"]) {
    await given(world, ownerToken, `${name}-${capability}`, {
      principal: id,
      principalKind: "human",
      capability,
      scope: { level: "tenant" },
      expiresAt: until,
      reason: "reviews in the demo",
    })
  }
  const known = await world.directory.principalByName(world.tenant, name)
  if (known?.roles.includes(approver) !== true)
    await given(world, ownerToken, `${name}-approver`, {
      principal: id,
      principalKind: "human",
      role: approver,
      expiresAt: until,
      reason: "reviews in the demo",
    })
  const token = await tokenOf(world, name, id)
  const key = createPrivateKey(
    secretFile(world, `${name}.key`, () =>
      generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    ),
  )
  await must(call(world.url, { token }, "POST", "/review-keys", { spki: spkiOf(key).toString("base64") }))
  return { name, id, token, key }
}

interface Output {
  readonly status: string
  readonly output?: { readonly principalId?: PrincipalId }
}

async function added(
  world: WorkspaceWorld,
  token: string,
  input: { readonly [field: string]: Json } & { readonly name: string },
): Promise<PrincipalId> {
  const known = await world.directory.principalByName(world.tenant, input.name)
  if (known !== null) return known.id
  const { output } = await governed<Output>(world, token, "/principals/add", {
    ...input,
    key: `demo-add-${input.name}`,
  })
  if (output?.principalId === undefined) throw new Error(`${input.name} was not added`)
  return output.principalId
}

async function given(
  world: WorkspaceWorld,
  token: string,
  what: string,
  input: { readonly [field: string]: Json },
): Promise<void> {
  const known = await world.directory.grants(world.tenant, null)
  if (
    known.some((grant) => grant.principal === input["principal"] && grant.capability === input["capability"])
  )
    return
  const { status } = await governed<Output>(world, token, "/grants/give", {
    ...input,
    key: `demo-give-${what}`,
  })
  if (status !== "completed") throw new Error(`${what} was not given: ${status}`)
}

/** Runs a governing command, which is an execution like any other, and waits for its end. */
function governed<T>(
  world: WorkspaceWorld,
  token: string,
  path: string,
  body: { readonly [field: string]: Json },
): Promise<T> {
  return must(call<T>(world.url, { token }, "POST", path, { ...body, wait: "PT20S" }))
}

async function tokenOf(world: WorkspaceWorld, name: string, principal: PrincipalId): Promise<string> {
  const file = join(resolve(world.dataDir), "demo", `${name}.token`)
  if (existsSync(file)) return readFileSync(file, "utf8").trim()
  const { token, hash } = mintToken(world.random)
  const session = mintId("ses", Date.parse(world.now), world.random.bytes(10))
  await world.directory.addToken({
    hash,
    session,
    tenant: world.tenant,
    principal,
    label: "demo",
    assurance: "session",
    createdAt: world.now,
    expiresAt: addMs(world.now, 30 * dayMs),
    revokedAt: null,
    mintedBy: null,
    origin: { from: "start" },
    use: "session",
    refusedAt: null,
  })
  return keep(world, name, token)
}

const keep = (world: WorkspaceWorld, name: string, token: string): string =>
  secretFile(world, `${name}.token`, () => `${token}\n`).trim()

function secretFile({ dataDir }: WorkspaceWorld, name: string, make: () => string): string {
  const file = join(resolve(dataDir), "demo", name)
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 })
  return readFileSync(file, "utf8")
}

/** Clones this checkout's history; without one, makes a small repository with a few commits. */
function cloneHistory(path: string): void {
  const checkout = fileURLToPath(new URL("../../../..", import.meta.url))
  if (existsSync(join(checkout, ".git"))) {
    git(checkout, "clone", "--quiet", "--no-hardlinks", "--no-local", checkout, path)
    // The demo cuts the first release of its own clone; the tags and the branch of this checkout do not matter.
    git(path, "checkout", "--quiet", "-B", "main")
    for (const tag of git(path, "tag", "--list").split("\n").filter(Boolean))
      git(path, "tag", "--delete", tag)
    git(path, "remote", "remove", "origin")
    return
  }
  git(checkout, "init", "--quiet", "--initial-branch", "main", path)
  for (const subject of ["Lay the first stone", "Open the gate", "Keep the trace"]) {
    writeFileSync(join(path, "README.md"), `${subject}\n`)
    git(path, "add", "README.md")
    git(
      path,
      "-c",
      "user.name=Counterfoil demo",
      "-c",
      "user.email=demo@counterfoil.invalid",
      "commit",
      "--quiet",
      "-m",
      subject,
    )
  }
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-c", "safe.directory=*", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  })
}
