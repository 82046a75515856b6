// The tenant layer that an installation starts with: rules by group for every contract, by name for the control plane's.
// Owns: the texts. A tenant edits or removes them; contract floors hold even then (INV-05).

import type { PolicyText } from "@counterfoil/contracts"

/** Rules for the contracts of the outside, by what they declare. */
export const startText: PolicyText = {
  layer: "tenant",
  name: "start.cedar",
  text: `@id("start.read") @tier("low") @reason("granted principals may read and compute")
permit (principal, action in Counterfoil::Action::"effect.read", resource);

@id("start.write-repeatable") @tier("low") @reason("repeating it changes nothing more, and it can be reversed")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in [Counterfoil::Action::"class.natural", Counterfoil::Action::"class.keyed"] }
unless { action in Counterfoil::Action::"irreversible" };

@id("start.write-irreversible") @tier("medium") @reason("a person looks at what cannot be reversed")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in [Counterfoil::Action::"class.natural", Counterfoil::Action::"class.keyed"] }
when { action in Counterfoil::Action::"irreversible" };

@id("start.write-probeable") @tier("medium") @reason("a person looks at what must not happen twice")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in Counterfoil::Action::"class.probeable" };

@id("start.write-unsafe") @tier("medium") @reason("a person looks at what can be neither repeated nor probed")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in Counterfoil::Action::"class.unsafe" };

@id("start.from-text") @tier("medium") @reason("a person looks at what a model drew from text")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in Counterfoil::Action::"effect.write" && context.call.origin == "model" };

@id("start.weak-channel") @tier("medium") @reason("a person looks at what came by a weak channel")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in Counterfoil::Action::"effect.write" }
when { context.call.channel == "whatsapp" || context.call.channel == "telegram" };

@id("start.tainted") @tier("medium") @reason("a person looks at input that came from the outside")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { action in Counterfoil::Action::"effect.write" && context.call.tainted };
`,
}

/** Rules for the control plane's own contracts. */
export const controlText: PolicyText = {
  layer: "tenant",
  name: "control.cedar",
  text: `@id("start.control") @tier("low") @reason("who may ask for work may start and cancel it, within the grant's scope")
permit (
  principal,
  action in [
    Counterfoil::Action::"controlPlane.intent.submit@1",
    Counterfoil::Action::"controlPlane.execution.start@1",
    Counterfoil::Action::"controlPlane.execution.cancel@1"
  ],
  resource
);

@id("start.steering") @tier("low") @reason("people and services steer running work")
permit (
  principal,
  action in [
    Counterfoil::Action::"controlPlane.execution.pause@1",
    Counterfoil::Action::"controlPlane.execution.resume@1",
    Counterfoil::Action::"controlPlane.execution.retry@1"
  ],
  resource
)
when { principal is Counterfoil::Human || principal is Counterfoil::Service };

@id("start.review") @tier("low") @reason("people with a role review and settle what is in doubt")
permit (
  principal is Counterfoil::Human,
  action in [
    Counterfoil::Action::"controlPlane.execution.approve@1",
    Counterfoil::Action::"controlPlane.execution.reject@1",
    Counterfoil::Action::"controlPlane.execution.resolve@1"
  ],
  resource
)
when { principal in principal.tenant };

@id("start.policy") @tier("medium") @reason("a second pair of eyes on every change of the rules")
@approve("owner:1") @assurance("session") @timeout("PT24H") @on_timeout("expire")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.policy.activate@1",
  resource
)
unless { context.input.layer == "freeze" };

@id("start.policy-exceptions") @tier("high") @reason("two other owners look at what would need nobody to look at it")
@approve("owner:2") @assurance("key") @timeout("PT24H") @on_timeout("expire")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.policy.activate@1",
  resource
)
when { context.input has modeMap && context.input.modeMap.exceptions > 0 };

@id("start.freeze") @tier("low") @reason("a freeze, and its end, wait for nobody")
permit (
  principal is Counterfoil::Human,
  action == Counterfoil::Action::"controlPlane.policy.activate@1",
  resource
)
when { context.input.layer == "freeze" }
unless { context.input has modeMap };

@id("start.grant") @tier("low") @reason("an owner lets agents and services work for a month")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.grant.give@1",
  resource
)
when { context.input.principalKind == "agent" || context.input.principalKind == "service" }
when { context.input has capability }
unless { context.input.capability like "control-plane.*" && context.input.capability != "control-plane.core" }
unless { context.input.expiresAt > context.call.nowSeconds + 2678400 };

@id("start.grant-power") @tier("medium") @reason("another owner looks at roles, at what governs or reviews, and at what lasts longer")
@approve("owner:1") @assurance("session") @timeout("PT24H") @on_timeout("expire")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.grant.give@1",
  resource
)
when {
  !(context.input has capability) ||
  context.input.principalKind == "human" ||
  context.input.principalKind == "tool" ||
  (context.input has capability &&
    context.input.capability like "control-plane.*" && context.input.capability != "control-plane.core") ||
  context.input.expiresAt > context.call.nowSeconds + 2678400
}
unless { principal in Counterfoil::Team::"founder" };

@id("start.bootstrap") @tier("low") @reason("on its first day an installation's founder gives roles and powers alone")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"founder",
  action in [
    Counterfoil::Action::"controlPlane.grant.give@1",
    Counterfoil::Action::"controlPlane.principal.enable@1"
  ],
  resource
);

@id("start.enable") @tier("low") @reason("an owner lets agents and services work again")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.principal.enable@1",
  resource
)
when { context.input.principalId like "agt_*" || context.input.principalId like "svc_*" };

@id("start.enable-person") @tier("medium") @reason("another owner looks at who gets roles and powers back")
@approve("owner:1") @assurance("session") @timeout("PT24H") @on_timeout("expire")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.principal.enable@1",
  resource
)
unless { context.input.principalId like "agt_*" || context.input.principalId like "svc_*" }
unless { principal in Counterfoil::Team::"founder" };

@id("start.principal") @tier("low") @reason("an owner adds principals; they hold nothing until they are granted something")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.principal.add@1",
  resource
);

@id("start.safety") @tier("low") @reason("what makes things safer is never held")
permit (
  principal is Counterfoil::Human,
  action in [
    Counterfoil::Action::"controlPlane.grant.revoke@1",
    Counterfoil::Action::"controlPlane.principal.disable@1"
  ],
  resource
)
when { principal in principal.tenant };

@id("start.erase") @tier("high") @reason("erasing evidence takes an owner and an auditor")
@approve("auditor:1, owner:1") @assurance("key") @timeout("PT24H") @on_timeout("expire")
permit (
  principal is Counterfoil::Human in Counterfoil::Team::"owner",
  action == Counterfoil::Action::"controlPlane.trace.erase@1",
  resource
);
`,
}
