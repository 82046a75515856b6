// The drift rules as one table: what each change is called, how grave it is and where, who feels it, and what to do.
// Owns: ids, classes, words. Does not own: finding a change (compare-*.ts). A change without a row here cannot be reported.
// A long table stays whole: splitting it would hide it.

/** How grave a change is: a caller or reader breaks, a person has to agree, or no one needs to act. */
export type DriftClass = "breaking" | "risky" | "safe"

/** The part of a contract whose values flow in one direction: to the contract's handler, back to its caller, to readers. */
export type Part = "input" | "output" | "payload"

/** One rule. `classes` gives the class for each form that the change can take. */
interface DriftRule {
  readonly says: string
  readonly classes: { readonly [form: string]: DriftClass }
  readonly affects: Affected
  readonly fix: string
}

/** Who feels a change. For a field it depends on the direction: callers of an input, readers of the others. */
type Affected =
  | "callers or readers"
  | "callers"
  | "readers"
  | "approvers"
  | "operators"
  | "holders"
  | "owners"

const flows = (input: DriftClass, output: DriftClass, payload: DriftClass) => ({ input, output, payload })
/** What to do about a breaking change. */
export const keep = "Keep what was, or define the new form under a new major beside the old one."
/** What to do about a risky change. */
export const agree = "Take it back, or have the owner acknowledge it."
/** What to do about a safe change. */
export const none = "Nothing."

const field = (says: string, classes: ReturnType<typeof flows>, fix = keep) =>
  ({ says, classes, affects: "callers or readers", fix }) as const

/** Every rule by its id. The classes: docs/DRIFT.md. */
export const rules = {
  C001: {
    says: "the contract was removed",
    classes: { promised: "breaking", retired: "safe" },
    affects: "callers",
    fix: "Put it back, deprecate it with a date, and remove it after that date.",
  },
  C002: { says: "the contract was added", classes: { always: "safe" }, affects: "callers", fix: none },
  C003: {
    says: "it became another kind of contract",
    classes: { always: "breaking" },
    affects: "callers",
    fix: keep,
  },
  C004: { says: "its path changed", classes: { always: "breaking" }, affects: "callers", fix: keep },
  C005: {
    says: "it changed without a higher version",
    classes: { always: "breaking" },
    affects: "callers",
    fix: "Raise its version.",
  },
  C006: {
    says: "its version went down",
    classes: { always: "breaking" },
    affects: "callers",
    fix: "Give it a version above the old one.",
  },
  C007: {
    says: "a new major was added beside the old one",
    classes: { always: "safe" },
    affects: "callers",
    fix: none,
  },
  C010: field("a required field was added", flows("breaking", "safe", "safe"), "Make it optional."),
  C011: field("an optional field was added", flows("safe", "safe", "safe"), none),
  C012: field("became required", flows("breaking", "safe", "safe"), "Leave it optional."),
  C013: field("became optional", flows("safe", "breaking", "breaking"), "Go on promising it."),
  C014: field("the field was removed", flows("breaking", "breaking", "breaking")),
  C015: field("its type changed", flows("breaking", "breaking", "breaking")),
  C016: field("its type was widened", flows("safe", "breaking", "breaking")),
  C017: field("its type was narrowed", flows("breaking", "safe", "safe")),
  C018: field("an enum value was added", flows("safe", "risky", "risky"), agree),
  C019: field("an enum value was removed", flows("breaking", "safe", "safe")),
  C020: field("a bound, pattern or format was tightened", flows("breaking", "safe", "safe")),
  C021: field("a bound, pattern or format was loosened", flows("safe", "risky", "risky"), agree),
  C022: field("its default changed", flows("risky", "safe", "safe"), agree),
  C023: field("a variant was added", flows("safe", "breaking", "breaking")),
  C024: field("a variant was removed", flows("breaking", "safe", "safe")),
  C025: field("the field that tells variants apart changed", flows("breaking", "breaking", "breaking")),
  C026: field("the object was opened to unknown fields", flows("safe", "risky", "risky"), agree),
  C027: field("the unit of a quantity changed", flows("breaking", "breaking", "breaking")),
  C028: {
    says: "a check of the input changed",
    classes: { added: "breaking", changed: "breaking", lifted: "risky" },
    affects: "callers",
    fix: keep,
  },
  C029: {
    says: "what an approver is shown changed",
    classes: { lost: "risky", added: "safe" },
    affects: "approvers",
    fix: agree,
  },
  C030: {
    says: "the effect class changed",
    classes: { always: "breaking" },
    affects: "operators",
    fix: keep,
  },
  C031: {
    says: "the tier floor was lowered",
    classes: { always: "risky" },
    affects: "approvers",
    fix: agree,
  },
  C032: { says: "the tier floor was raised", classes: { always: "risky" }, affects: "callers", fix: agree },
  C033: {
    says: "whether it can be reversed changed",
    classes: { always: "risky" },
    affects: "approvers",
    fix: agree,
  },
  C034: {
    says: "the window of its key changed",
    classes: { shortened: "breaking", lengthened: "risky" },
    affects: "operators",
    fix: keep,
  },
  C035: { says: "its probe changed", classes: { always: "breaking" }, affects: "operators", fix: keep },
  C036: {
    says: "its undo changed",
    classes: { lost: "risky", added: "safe" },
    affects: "operators",
    fix: agree,
  },
  C037: {
    says: "a protecting mark changed",
    classes: { weakened: "risky", strengthened: "safe" },
    affects: "owners",
    fix: agree,
  },
  C038: {
    says: "what policy sees changed",
    classes: { removed: "breaking", added: "risky" },
    affects: "approvers",
    fix: agree,
  },
  C039: {
    says: "what it acts on is named in another place",
    classes: { always: "breaking" },
    affects: "approvers",
    fix: keep,
  },
  C040: { says: "an error was added", classes: { always: "risky" }, affects: "callers", fix: agree },
  C041: { says: "an error was removed", classes: { always: "safe" }, affects: "callers", fix: none },
  C042: {
    says: "the status or the actor of an error code changed",
    classes: { always: "breaking" },
    affects: "callers",
    fix: "Put it back, and use another code for the new case.",
  },
  C043: {
    says: "an error code left the table",
    classes: { always: "breaking" },
    affects: "callers",
    fix: "Put it back.",
  },
  C044: {
    says: "the sentence of an error changed",
    classes: { always: "safe" },
    affects: "callers",
    fix: none,
  },
  C045: {
    says: "what it reads of the state that it acts on changed",
    classes: { lost: "risky", added: "safe" },
    affects: "approvers",
    fix: agree,
  },
  C046: {
    says: "its plan function draws another plan from an example",
    classes: { unraised: "breaking", raised: "safe" },
    affects: "owners",
    fix: "Raise its version: who approved or replays a plan of this version means the other one.",
  },
  C047: {
    says: "its plan function was not compared: no example has a draft in both locks",
    classes: { always: "safe" },
    affects: "owners",
    fix: "Nothing: a lock that is made now has the drafts. Look at the plan function yourself this once.",
  },
  C048: field(
    "whether its pattern accepts more, less or the same cannot be decided",
    flows("risky", "risky", "risky"),
    agree,
  ),
  C049: {
    says: "it means the same, and its digest changed",
    classes: { always: "safe" },
    affects: "operators",
    fix: "Nothing for callers. Open requests become void and planned steps wait, as with any change of the digest: write it as it was to keep them.",
  },
  C050: {
    says: "it no longer emits an event",
    classes: { always: "breaking" },
    affects: "readers",
    fix: keep,
  },
  C051: { says: "it emits one more event", classes: { always: "safe" }, affects: "readers", fix: none },
  C052: {
    says: "the subject of the event changed",
    classes: { always: "breaking" },
    affects: "readers",
    fix: keep,
  },
  C053: {
    says: "the event starts or stops being an entry of traces",
    classes: { always: "breaking" },
    affects: "readers",
    fix: keep,
  },
  C060: {
    says: "it moved to another capability",
    classes: { always: "breaking" },
    affects: "holders",
    fix: "Leave it where grants give it, or define it anew under another name.",
  },
  C061: {
    says: "the capability lost a contract",
    classes: { always: "breaking" },
    affects: "holders",
    fix: "Leave it where grants give it, or define it anew under another name.",
  },
  C062: {
    says: "the capability gained a contract, and so did every grant of it",
    classes: { always: "risky" },
    affects: "holders",
    fix: agree,
  },
  C063: {
    says: "the capability requires another one",
    classes: { always: "breaking" },
    affects: "holders",
    fix: "Require nothing new of those who hold it.",
  },
  C064: {
    says: "a kind of principal may no longer call it",
    classes: { always: "breaking" },
    affects: "callers",
    fix: keep,
  },
  C065: {
    says: "one more kind of principal may call it",
    classes: { always: "risky" },
    affects: "owners",
    fix: agree,
  },
  C066: { says: "the least assurance changed", classes: { always: "risky" }, affects: "callers", fix: agree },
  C067: {
    says: "its deadline or attempts changed",
    classes: { always: "risky" },
    affects: "callers",
    fix: agree,
  },
  C068: { says: "a limit was lowered", classes: { always: "breaking" }, affects: "callers", fix: keep },
  C070: {
    says: "it has no valid example",
    classes: { always: "risky" },
    affects: "owners",
    fix: "Add an example that its input accepts.",
  },
  C071: {
    says: "an example does not hold",
    classes: { always: "breaking" },
    affects: "callers",
    fix: "Correct the example, or the schema that refuses it.",
  },
  C072: {
    says: "its owners changed",
    classes: { always: "risky" },
    affects: "owners",
    fix: "Have the old owner acknowledge it.",
  },
  C073: {
    says: "its title, wording or tags changed",
    classes: { always: "safe" },
    affects: "callers",
    fix: none,
  },
  C074: {
    says: "its stability changed",
    classes: { lowered: "risky", raised: "safe", announced: "safe" },
    affects: "callers",
    fix: agree,
  },
  C075: {
    says: "it is deprecated without a replacement and a date",
    classes: { always: "risky" },
    affects: "callers",
    fix: "Say what replaces it and after which day it goes.",
  },
  C076: {
    says: "it goes earlier than was said",
    classes: { always: "breaking" },
    affects: "callers",
    fix: "Keep the day that was announced.",
  },
  C077: {
    says: "its end is announced without the notice that callers have",
    classes: { over: "breaking", soon: "risky" },
    affects: "callers",
    fix: "Announce a day that is at least 30 days ahead.",
  },
  C080: {
    says: "the file is not what the contracts make of it",
    classes: { missing: "risky", stale: "risky", unknown: "risky" },
    affects: "owners",
    fix: "Run counterfoil contract generate and counterfoil contract lock, remove what neither writes, read the difference and commit it.",
  },
  C081: {
    says: "its route is served no more, nor the subject that goes with it",
    classes: { gone: "breaking", moved: "breaking" },
    affects: "callers",
    fix: "Serve it where callers know it, and the new place under a new major beside it.",
  },
  C086: {
    says: "the policy no longer validates",
    classes: { always: "breaking" },
    affects: "approvers",
    fix: "Correct the rule: nothing of this policy can be activated as it is.",
  },
  C087: {
    says: "it refers to an action or a field that is gone",
    classes: { always: "breaking" },
    affects: "approvers",
    fix: "Put back what it refers to, or write the rule for what there is now.",
  },
  C088: {
    says: "a golden verdict changed",
    classes: { always: "risky" },
    affects: "approvers",
    fix: "Correct the policy or the contract, or write down the new verdict where it is meant.",
  },
  C090: {
    says: "pending approvals are void under it",
    classes: { always: "risky" },
    affects: "approvers",
    fix: "Have them decided before it is rolled out, or ask their requesters to submit again.",
  },
  C091: {
    says: "executions that are not closed cannot go on under it",
    classes: { always: "breaking" },
    affects: "operators",
    fix: "Keep a process with the old contract until they have ended, or keep the old major beside the new one.",
  },
  C092: {
    says: "recorded traces no longer replay under it",
    classes: { always: "breaking" },
    affects: "operators",
    fix: "Keep the code that they were made with, or export what has to stay provable with the old release.",
  },
  C093: {
    says: "steps in doubt lose what could settle them",
    classes: { always: "breaking" },
    affects: "operators",
    fix: "Settle them before it is rolled out.",
  },
  C094: {
    says: "it was used in the last days",
    classes: { always: "safe" },
    affects: "callers",
    fix: none,
  },
  C096: {
    says: "the acknowledgement has expired, or reaches too far ahead",
    classes: { always: "risky" },
    affects: "owners",
    fix: "Renew it for at most 90 days, or remove it.",
  },
  C097: {
    says: "the acknowledgement fits no change",
    classes: { always: "risky" },
    affects: "owners",
    fix: "Remove it: it would cover a change that no one has seen.",
  },
  C098: {
    says: "recorded traces were made with it as it was; they replay from the texts that are kept",
    classes: { always: "safe" },
    affects: "operators",
    fix: none,
  },
} as const satisfies Readonly<Record<string, DriftRule>>

/** The id of a rule. */
export type RuleId = keyof typeof rules

/** Rules about the values of a field: their forms are the three parts. */
export type FieldRule = {
  readonly [R in RuleId]: (typeof rules)[R]["classes"] extends Record<Part, DriftClass> ? R : never
}[RuleId]

/** True for the id of a rule. */
export const isRuleId = (id: string): id is RuleId => Object.hasOwn(rules, id)
