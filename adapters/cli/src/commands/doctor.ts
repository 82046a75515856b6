// `doctor`: checks the set-up of this machine and of the server.
// Owns: the checks of this machine, and reading the server's. Does not own: the server's probes (http/health).
// A check that could not run has not passed.

import { z } from "zod"
import { contractList, escapeLine, type Json, parseWith } from "@counterfoil/contracts"
import type { Command, Invocation } from "../command.ts"
import { CliError } from "../cli-error.ts"
import { exitOfError } from "../exit-code.ts"
import { endpointOf } from "../net/endpoint.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { aligned } from "../print/columns.ts"
import { statusWord } from "../print/colour.ts"
import { duration } from "../print/words.ts"
import { reviewKeysHere } from "../review/review-key.ts"

/** One finding. */
interface Finding {
  readonly check: string
  readonly result: "ok" | "warn" | "fail"
  readonly says: string
}

/** The clock difference from which it warns: half of what the server accepts in signed reviews. */
const skewWarnMs = 2_000
const skewFailMs = 150_000

const Verbose = z.object({
  components: z.array(
    z.object({
      component: z.string(),
      status: z.enum(["ok", "degraded", "failed"]),
      required: z.boolean(),
      runbook: z.string(),
    }),
  ),
})

/** The command. Exit 1 when a check fails or could not run. */
export const doctor: Command = {
  examples: ["doctor", "doctor --json"],
  arguments: [],
  flags: [],
  exits: [0, 1],
  run: async (invocation) => {
    const items = [runtime(), ...files(invocation), ...(await server(invocation))]
    return {
      exit: items.some(({ result }) => result === "fail") ? 1 : 0,
      shown: {
        document: { items: items.map(asJson) },
        items: items.map(asJson),
        text: (page) =>
          aligned(
            items.map(({ result, check, says }) => [statusWord(page, result), check, escapeLine(says)]),
          ),
      },
    }
  },
}

const asJson = ({ check, result, says }: Finding): Json => ({ check, result, says })

function runtime(): Finding {
  const major = Number(process.versions.node.split(".")[0])
  return {
    check: "runtime",
    result: major >= 26 ? "ok" : "fail",
    says: `Node ${process.versions.node}${major >= 26 ? "" : ", 26 or newer is needed"}`,
  }
}

function files({ settings }: Invocation): readonly Finding[] {
  try {
    const keys = reviewKeysHere(settings).map(({ keyId }) => keyId.slice(0, 8))
    return [
      {
        check: "files",
        result: "ok",
        says: `${settings.folder}, ${keys.length === 0 ? "no review key for this server" : `review key ${keys.join(", ")}`}`,
      },
    ]
  } catch (cause) {
    return [failed("files", cause)]
  }
}

async function server(invocation: Invocation): Promise<readonly Finding[]> {
  const { client, settings } = invocation
  let reached: Response
  try {
    reached = await client().open("/livez", {})
  } catch (cause) {
    return [failed("server", cause)]
  }
  return [
    {
      check: "server",
      result: reached.ok ? "ok" : "fail",
      says: `${settings.url}${reached.ok ? "" : ` answers ${reached.status}`}`,
    },
    clock(invocation, reached.headers.get("date")),
    await identity(invocation),
    ...(await components(invocation)),
    await contracts(invocation),
  ]
}

/** Compares with the `Date` header, which has whole seconds. */
function clock({ io }: Invocation, date: string | null): Finding {
  const there = Date.parse(date ?? "")
  if (Number.isNaN(there))
    return { check: "clock here", result: "fail", says: "could not be compared: the server sends no time" }
  const here = io.now()
  const skewMs = here < there ? there - here : Math.max(0, here - there - 1_000)
  return {
    check: "clock here",
    result: skewMs > skewFailMs ? "fail" : skewMs > skewWarnMs ? "warn" : "ok",
    says:
      skewMs > skewWarnMs
        ? `${duration(skewMs)} ${here < there ? "behind" : "ahead of"} the server`
        : "with the server",
  }
}

async function identity({ client }: Invocation): Promise<Finding> {
  try {
    const { body } = await client().call(identityEndpoint("session.read"), {})
    const self = parseWith(z.object({ name: z.string(), kind: z.string() }), body)
    return {
      check: "identity",
      result: "ok",
      says: self.ok ? `${self.value.name}, ${self.value.kind}` : "signed in",
    }
  } catch (cause) {
    return failed("identity", cause)
  }
}

async function components({ client }: Invocation): Promise<readonly Finding[]> {
  try {
    const response = await client().open("/readyz?verbose", {})
    const parsed = parseWith(Verbose, (await response.json()) as Json)
    // Only administrators see the components; everyone may know whether the server is ready.
    if (!parsed.ok) {
      const ready = await client().open("/readyz", {})
      return [
        {
          check: "ready",
          result: ready.ok ? "ok" : "fail",
          says: ready.ok
            ? "takes work; only administrators see its components"
            : `takes no work (${ready.status})`,
        },
      ]
    }
    return parsed.value.components.map(({ component, status, required, runbook }) => ({
      check: component,
      result: status === "ok" ? "ok" : required && status === "failed" ? "fail" : "warn",
      says: status === "ok" ? "ok" : `${status}, see ${runbook}`,
    }))
  } catch (cause) {
    return [failed("ready", cause)]
  }
}

async function contracts({ client }: Invocation): Promise<Finding> {
  try {
    const { body } = await client().call(endpointOf(contractList), { kind: ["command"], limit: 200 })
    const parsed = parseWith(contractList.output, body)
    if (!parsed.ok)
      return {
        check: "contracts",
        result: "fail",
        says: "this version cannot read the list",
      }
    const classless = parsed.value.items.filter(({ effect }) => effect === undefined).map(({ ref }) => ref)
    return {
      check: "contracts",
      result: classless.length === 0 ? "ok" : "fail",
      says:
        classless.length === 0
          ? `${parsed.value.items.length} commands, each has an effect class`
          : `without effect class: ${classless.join(", ")}`,
    }
  } catch (cause) {
    return failed("contracts", cause)
  }
}

function failed(check: string, cause: unknown): Finding {
  const says = cause instanceof Error ? cause.message : String(cause)
  return {
    check,
    result: "fail",
    says: `${says}${cause instanceof CliError && cause.parts.fix !== null ? ` fix: ${cause.parts.fix}` : exitOfError(cause) === 4 ? " fix: counterfoil login" : ""}`,
  }
}
