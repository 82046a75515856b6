// From texts to rules, keyed by `@id`; a text that cannot be read whole gives no rules at all.
// Owns: bounds first, then the engine; layers and duplicates. Does not own: what a good rule is (check/).
// Keeps INV-04: the id that names a rule is its own annotation, never its position in a text.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"
import { RuleId, type PolicyLayer, type PolicyText } from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import type { TextReader } from "../engine/engine-memory.ts"
import { readAsk, tierOf } from "./annotations.ts"
import type { PolicyIssue } from "./issue.ts"
import { patternProblem, searchedBy, searchedPerLayerMax } from "./patterns.ts"
import type { Rule } from "./rule.ts"
import { splitPolicies, type PolicyPiece } from "./split-policies.ts"

/** How a layer's rule ids begin. `start.` marks the tenant rules that an installation begins with. */
const layerPrefixes: Readonly<Record<PolicyLayer, readonly string[]>> = {
  base: ["base."],
  organisation: ["organisation."],
  tenant: ["tenant.", "start."],
  skill: ["skill."],
  freeze: ["freeze."],
}

/** Policies of one layer: far more than people read (L14). */
const rulesPerLayerMax = 1_000
/** Characters of one policy, with the comments in it (L14): a list of some 500 names. */
const ruleCharactersMax = 16 * 1024
/** Characters of the texts of one layer (L14): 1,000 policies of the usual length. Reading them takes about a second. */
const layerCharactersMax = 256 * 1024

const encoder = new TextEncoder()

/** How a policy becomes JSON. The instance behind it may be lost by this. */
type Reading = Pick<TextReader, "policyToJson">

/** The rules of all texts, sorted by id, and everything that kept one from being read. */
export function readRules(
  texts: readonly PolicyText[],
  reader: Reading,
): { readonly rules: readonly Rule[]; readonly issues: readonly PolicyIssue[] } {
  const rules = new Map<string, Rule>()
  const issues: PolicyIssue[] = []
  const perLayer = new Map<PolicyLayer, number>()
  const searched = new Map<PolicyLayer, number>()
  const characters = new Map<PolicyLayer, number>()
  for (const text of texts) {
    const file = `${text.layer}/${text.name}`
    const length = (characters.get(text.layer) ?? 0) + text.text.length
    characters.set(text.layer, length)
    if (length > layerCharactersMax) {
      const message = `the texts of a layer have at most ${layerCharactersMax} characters in all`
      issues.push({ code: "L14", file, line: 1, ruleId: null, message })
      continue
    }
    const pieces = splitPolicies(text.text)
    if (!pieces.ok) {
      issues.push({ code: "L14", file, line: pieces.error.line, ruleId: null, message: pieces.error.message })
      continue
    }
    const count = (perLayer.get(text.layer) ?? 0) + pieces.value.length
    perLayer.set(text.layer, count)
    if (count > rulesPerLayerMax) {
      // The engine reads none of them: the author of the texts would otherwise decide how long that takes.
      issues.push({
        code: "L14",
        file,
        line: 1,
        ruleId: null,
        message: `a layer has at most ${rulesPerLayerMax} policies`,
      })
      continue
    }
    for (const piece of pieces.value) {
      if (piece.text.length > ruleCharactersMax) {
        const message = `a policy has at most ${ruleCharactersMax} characters, the comments in it included`
        issues.push({ code: "L14", file, line: piece.line, ruleId: null, message })
        continue
      }
      const read = readRule(piece, text.layer, file, reader)
      if ("code" in read) {
        issues.push(read)
        continue
      }
      const before = searched.get(text.layer) ?? 0
      searched.set(text.layer, before + read.searched)
      if (before <= searchedPerLayerMax && before + read.searched > searchedPerLayerMax)
        issues.push({
          code: "L14",
          file,
          line: read.line,
          ruleId: read.id,
          message: `the patterns of a layer search for more than ${searchedPerLayerMax} characters behind stars`,
        })
      const earlier = rules.get(read.id)
      if (earlier === undefined) rules.set(read.id, read)
      else issues.push(duplicate(read, earlier))
    }
  }
  return { rules: [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), issues }
}

function readRule(piece: PolicyPiece, layer: PolicyLayer, file: string, reader: Reading): Rule | PolicyIssue {
  const place = { file, line: piece.line, ruleId: null }
  const answer = jsonOf(piece.text, reader)
  if (typeof answer === "string") return { code: "parse", ...place, message: answer }
  const annotations: Readonly<Record<string, string | null>> = answer.annotations ?? {}
  const id = RuleId.safeParse(annotations["id"])
  if (!id.success)
    return { code: "L01", ...place, message: "@id is missing, or is not 3 to 80 of a-z, 0-9, dot and hyphen" }
  if (!layerPrefixes[layer].some((prefix) => id.data.startsWith(prefix)))
    return {
      code: "L03",
      ...place,
      ruleId: id.data,
      message: `the id of a rule of this layer begins with ${layerPrefixes[layer].join(" or ")}`,
    }
  const problem = patternProblem(answer)
  if (problem !== null) return { code: "L14", ...place, ruleId: id.data, message: problem }
  return {
    id: id.data,
    layer,
    file,
    line: piece.line,
    effect: answer.effect,
    tier: tierOf(annotations) ?? "high",
    reason: annotations["reason"] ?? "",
    ask: readAsk(annotations).ask,
    text: piece.text,
    textDigest: blobDigest(encoder.encode(piece.text)),
    searched: searchedBy(answer),
    json: answer,
  }
}

/** The policy as the engine reads it, or why it does not. */
function jsonOf(text: string, reader: Reading): PolicyJson | string {
  const answer = reader.policyToJson(text)
  if (answer.type === "success") return answer.json
  return answer.errors.map((error) => [error.message, error.help].filter(Boolean).join("; ")).join("; ")
}

const duplicate = (rule: Rule, earlier: Rule): PolicyIssue => ({
  code: "L03",
  file: rule.file,
  line: rule.line,
  ruleId: rule.id,
  message: `${rule.id} is also the id of the rule at ${earlier.file}:${earlier.line}`,
})
