// A contract that exists only as its document, as a bundle carries it: enough to compile, decide and parse with.
// Owns: the way back from document to contract. Does not own: code, which no document holds: plan functions and checks
// are missing, and `lacks` says so. *Untrusted* until its pin was compared with the one that a trace names.

import { z } from "zod"
import { canonicalBytes } from "../json/canonical.ts"
import { digestOf } from "../digest/index.ts"
import {
  Assurance,
  CapabilityName,
  ContractRef,
  Duration,
  EffectClass,
  JsonPointer,
  PrincipalKind,
  SemVer,
  Tier,
  type Digest,
} from "../primitives.ts"
import {
  ContractMeta,
  ContractPath,
  Limits,
  NotShown,
  ObservesDeclaration,
  PreviewField,
  UndoDeclaration,
  type Contract,
  type ContractDocument,
} from "./contract.ts"
import { documentStepsMax, schemaOfDocument } from "./document-schema.ts"
import { meaningDigests } from "./meaning-of.ts"
import type { StepBudget } from "../shape/pattern.ts"

/** A contract made from a document, and what it cannot do because only code could. */
export interface DocumentedContract {
  readonly contract: Contract
  readonly lacks: readonly ("checks" | "plan")[]
}

// Earlier releases took any text for a day, and what they made has to stay readable.
const DocumentedMeta = ContractMeta.extend({
  deprecation: z.strictObject({ since: SemVer, replacedBy: ContractRef, removeAfter: z.string() }).optional(),
})
const Schema = z.record(z.string(), z.json())
const checks = z.array(z.strictObject({ id: z.string(), version: z.int(), says: z.string() }))
const named = {
  name: z.string(),
  version: SemVer,
  capability: CapabilityName,
  meta: DocumentedMeta,
  examples: z.array(z.json()),
}

const Called = z.strictObject({
  kind: z.enum(["command", "query"]),
  ...named,
  input: Schema,
  output: Schema,
  checks,
  errors: z.array(z.string()),
  emits: z.array(z.string()),
  auth: z.strictObject({ kinds: z.array(PrincipalKind), assurance: Assurance }),
  limits: Limits,
  resource: z.strictObject({ kind: z.string(), at: JsonPointer }).nullable(),
  effect: EffectClass,
  irreversible: z.boolean(),
  floor: Tier.nullable(),
  window: Duration.nullable(),
  probe: z.strictObject({ settle: Duration }).nullable(),
  undo: UndoDeclaration.nullable(),
  observes: ObservesDeclaration.optional(),
  preview: z.array(PreviewField),
  notShown: z.array(NotShown).optional(),
  path: ContractPath,
})
const Drawn = z.strictObject({
  kind: z.literal("intent"),
  ...named,
  input: Schema,
  output: Schema,
  checks,
  onFailure: z.enum(["stop", "undo"]),
  deadline: Duration,
})
const Said = z.strictObject({ kind: z.literal("event"), ...named, payload: Schema })
/** A contract's document with every field that it has to have and no other. */
export const Documented = z.discriminatedUnion("kind", [Called, Drawn, Said])
export type Documented = z.infer<typeof Documented>

/**
 * The contract of a document, or null when the document is not one of a contract. Its pin is computed here, not read. `steps`
 * bounds what its patterns may cost; parsing with it throws `PatternUndecided` after that (document-schema.ts).
 */
export function contractOfDocument(
  document: ContractDocument,
  steps: StepBudget = { left: documentStepsMax },
): DocumentedContract | null {
  const parsed = Documented.safeParse(document)
  if (!parsed.success) return null
  try {
    return contractOf(parsed.data, document, steps)
  } catch {
    return null // not a JSON Schema that this release reads, so not the document of a contract
  }
}

/** The digests that a contract with this document has. */
export function digestsOfDocument(document: ContractDocument): {
  readonly digest: Digest
  readonly formerDigest: Digest
  readonly documentDigest: Digest
} {
  const { meta: _meta, examples: _examples, ...semantic } = document
  return {
    ...meaningDigests(semantic),
    documentDigest: digestOf("counterfoil.contract-document.v1", canonicalBytes(document)),
  }
}

function contractOf(said: Documented, document: ContractDocument, steps: StepBudget): DocumentedContract {
  const ref = ContractRef.parse(`${said.name}@${said.version.split(".")[0] ?? ""}`)
  const { digest, formerDigest, documentDigest } = digestsOfDocument(document)
  const { name, version, meta, capability } = said
  const common = {
    name,
    version,
    meta,
    ref,
    capability,
    digest,
    formerDigest,
    document,
    pin: { ref, version, digest },
    documentDigest,
  }
  if (said.kind === "event") {
    return {
      contract: {
        ...common,
        kind: "event",
        payload: schemaOfDocument(said.payload, steps),
        payloadSchema: said.payload,
      },
      lacks: [],
    }
  }
  const shapes = {
    input: schemaOfDocument(said.input, steps),
    output: schemaOfDocument(said.output, steps),
    inputSchema: said.input,
    outputSchema: said.output,
    checks: [],
  }
  const unchecked = said.checks.length > 0 ? (["checks"] as const) : []
  if (said.kind === "intent") {
    return {
      contract: {
        ...common,
        ...shapes,
        kind: "intent",
        onFailure: said.onFailure,
        deadline: said.deadline,
        plan: () => ({ steps: [], output: null }),
      },
      lacks: [...unchecked, "plan"],
    }
  }
  const { kind, auth, limits, resource, path, effect, irreversible, floor, window, probe, undo, preview } =
    said
  const observes = said.observes ?? null
  return {
    contract: {
      ...common,
      ...shapes,
      kind,
      errors: [],
      emits: said.emits,
      auth,
      limits,
      resource,
      path,
      http: null,
      effect,
      irreversible,
      floor,
      window,
      probe,
      undo,
      observes,
      preview: preview.map(({ absent, ...line }) => ({
        ...line,
        ...(absent === undefined ? {} : { absent }),
      })),
      notShown: said.notShown ?? [],
    },
    lacks: unchecked,
  }
}
