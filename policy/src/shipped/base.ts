// The base layer: forbids that ship with the release and cannot be removed.
// Owns: the text. It names groups alone, so that it holds for every contract that is ever installed.
// Keeps INV-06 (agents and services never review) and INV-10 (nothing crosses a tenant).

import type { PolicyText } from "@counterfoil/contracts"

/** The base layer as one text. */
export const baseText: PolicyText = {
  layer: "base",
  name: "base.cedar",
  text: `@id("base.tenant") @reason("nothing crosses a tenant")
forbid (principal, action, resource)
unless { principal has tenant && resource has tenant && principal.tenant == resource.tenant };

@id("base.people-only") @reason("only people review and change the rules")
forbid (principal, action in Counterfoil::Action::"people-only", resource)
unless { principal is Counterfoil::Human };

@id("base.tools") @reason("tools are called, they call nothing")
forbid (principal is Counterfoil::Tool, action, resource);

@id("base.self-steering") @reason("agents do not pause, resume or retry work")
forbid (principal is Counterfoil::Agent, action in Counterfoil::Action::"people-and-services", resource);
`,
}
