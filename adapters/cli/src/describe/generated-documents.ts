// Every document that is made from the contracts, as paths and texts; writing and checking share this list.
// Owns: the list of documents and their paths. Does not own: their contents, nor the disk (document-files.ts).

import {
  capabilityIndex,
  capabilityPage,
  contractIndex,
  contractPage,
  schemaDocument,
  type Capability,
  type Contract,
  type ContractRef,
  type JsonObject,
  type Registry,
} from "@counterfoil/contracts"
import type { Leaf } from "../command.ts"
import { openApi } from "@counterfoil/server/http"
import { asyncApi } from "@counterfoil/server/nats"
import { cliSchemas, type CliSchema } from "./cli-schemas.ts"

/** A document: its path below the folder of generated documents, and its whole text. */
export interface GeneratedDocument {
  readonly path: string
  readonly text: string
}

/** All documents of a registry and of the commands, sorted by path. The same input gives the same bytes. */
export async function generatedDocuments(
  registry: Registry,
  commands: readonly Leaf[],
): Promise<readonly GeneratedDocument[]> {
  const schemas = await cliSchemas(commands)
  return [
    { path: "README.md", text: indexText(registry, schemas) },
    ...schemas.map(({ path, schema }) => ({ path, text: jsonText(schema) })),
    { path: "openapi.json", text: jsonText(openApi(registry)) },
    { path: "asyncapi.json", text: jsonText(asyncApi(registry)) },
    ...registry.capabilities.map((capability) => ({
      path: `${capabilitiesFolder}/${capability.name}.md`,
      text: capabilityText(registry, capability),
    })),
    ...registry.contracts.flatMap((contract) => [
      { path: documentOf(contract), text: pageText(registry, contract) },
      { path: `${schemasFolder}/${contract.ref}.json`, text: jsonText(schemaDocument(contract)) },
    ]),
  ].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The path of a contract's page among the documents. */
export const documentOf = (contract: Contract): string => `${folderOf(contract)}/${contract.ref}.md`

/** The commands and queries that emit an event, in the registry's order. */
export const emittersOf = ({ contracts }: Registry, ref: ContractRef): readonly ContractRef[] =>
  contracts.flatMap((other) =>
    (other.kind === "command" || other.kind === "query") && other.emits.includes(ref) ? [other.ref] : [],
  )

const schemasFolder = "schemas"
const capabilitiesFolder = "capabilities"
const parts = [
  { title: "The control plane", folder: "control-plane" },
  { title: "Handlers", folder: "handlers" },
] as const

function folderOf({ name }: Contract): (typeof parts)[number]["folder"] {
  return name.startsWith("controlPlane.") ? "control-plane" : "handlers"
}

const pageText = (registry: Registry, contract: Contract): string =>
  contractPage(contract, {
    errorsFolder: "../../errors",
    schemasFolder: `../${schemasFolder}`,
    capabilitiesFolder: `../${capabilitiesFolder}`,
    emittedBy: emittersOf(registry, contract.ref),
  })

const capabilityText = ({ contracts, capabilities }: Registry, capability: Capability): string =>
  capabilityPage(capability, {
    contracts: contracts.filter((contract) => contract.capability === capability.name),
    requiredBy: capabilities.filter(({ requires }) => requires.includes(capability.name)),
    pageOf: (contract) => `../${documentOf(contract)}`,
  })

function indexText({ contracts, capabilities }: Registry, schemas: readonly CliSchema[]): string {
  const listed = parts.map((part) => ({
    ...part,
    contracts: contracts.filter((contract) => folderOf(contract) === part.folder),
  }))
  return [
    head,
    contractIndex(listed),
    capabilityIndex(capabilities, capabilitiesFolder),
    "## The command line",
    "What `--json` prints, as one JSON Schema (2020-12) per command:",
    schemas.map(({ words, path }) => `- [${words}](${path})`).join("\n"),
  ]
    .join("\n\n")
    .concat("\n")
}

const head = `# Contracts

Made from the contracts by \`npx counterfoil contract generate\`. The same for machines: [OpenAPI 3.1](openapi.json) for HTTP, [AsyncAPI 3](asyncapi.json)
for NATS, and one JSON Schema (2020-12) per contract in [\`schemas\`](schemas). Each [capability](#capabilities) lists what a grant of it gives. Contracts of handlers are shown without an operator's
configuration, which can change them ([built-in handlers](../handlers.md)).`

const jsonText = (document: JsonObject): string => `${JSON.stringify(document, null, 1)}\n`
