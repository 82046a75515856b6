// Rows of the directory that a route of the permission matrix may end: a principal, a grant, a token and a review key.
// Owns: making one of each for a caller. They belong to another principal of the tenant, so that only administrators reach them.

import { generateKeyPairSync } from "node:crypto"
import type { Started } from "@counterfoil/server/process"
import { HumanId } from "@counterfoil/contracts"
import { hex, sha256 } from "@counterfoil/contracts/digest"
import { addSomeone } from "../support/people.ts"
import type { Given } from "./requests.ts"

/** Makes them; `name` keeps the principals apart. */
export async function spareRows(
  started: Started,
  name: string,
): Promise<Pick<Given, "principal" | "grant" | "session" | "keyId">> {
  const { directory, clock } = started.plane.store
  const somebody = await addSomeone(started, {
    kind: "human",
    name: `spare for ${name}`,
    capabilities: ["control-plane.core"],
  })
  const [grant] = await directory.grants(started.tenant, somebody.id)
  const token = (await directory.tokens(started.tenant)).find(({ principal }) => principal === somebody.id)
  if (grant === undefined || token === undefined)
    throw new Error("the directory did not keep what it was given")
  const spki = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" })
  const keyId = hex(sha256(spki))
  await directory.enrolReviewKey({
    keyId,
    tenant: started.tenant,
    human: HumanId.parse(somebody.id),
    spki: spki.toString("base64"),
    enrolledAt: clock.now(),
    revokedAt: null,
  })
  return { principal: somebody.id, grant: grant.grantId, session: token.session, keyId }
}
