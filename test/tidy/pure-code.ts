// What pure code may not reach for: a hidden input or a hidden effect. Each ban names what to use instead.
// Owns: the bans on globals in the pure rooms, and the ban on sleeping in tests.
// Does not own: imports (the layering table).

import { Visitor } from "oxc-parser"
import { placeOf, sourceCheck, type Breach, type Check } from "../architecture/check.ts"
import { pureRooms } from "../architecture/may-import.ts"
import type { Source } from "../architecture/source-tree.ts"

const takeNow = "take the time as an argument: `now: Time`"
const takeEntropy = "take randomness as an argument: `entropy`"
const returnWake = "return the time to wake at; the shell keeps the timers"
const returnWork = "return what to do as data; the shell does it"
const takeConfig = "take the value as an argument; adapters/wire.ts reads the environment"
const compareText = "compare by code unit with < and >: the answer must not depend on a locale"

/** Globals that pure code never names, each with its replacement. */
const bannedGlobals: ReadonlyMap<string, string> = new Map([
  ["performance", takeNow],
  ["crypto", takeEntropy],
  ["setTimeout", returnWake],
  ["setInterval", returnWake],
  ["setImmediate", returnWake],
  ["queueMicrotask", returnWake],
  ["fetch", returnWork],
  ["WebSocket", returnWork],
  ["console", "return the text; the shell prints it"],
  ["process", takeConfig],
  ["globalThis", takeConfig],
  ["Intl", compareText],
])

/** Members that pure code never calls, as `Object.member` or `.member` of anything. */
const bannedMembers: ReadonlyMap<string, string> = new Map([
  ["Date.now", takeNow],
  ["Math.random", takeEntropy],
  [".randomUUID", takeEntropy],
  [".localeCompare", compareText],
  [".toLocaleString", compareText],
  [".toLocaleLowerCase", compareText],
  [".toLocaleUpperCase", compareText],
])

/** It takes these globals away from plan functions, and so has to name them; it uses none. */
const takesThemAway = "contracts/src/define/pure-scope.ts"

/** The pure rooms name no clock, randomness, environment, timer, IO or locale. Tests beside them may. */
export const pureCodeIsPure: Check = sourceCheck(
  "pure code has no hidden input",
  (source) =>
    source.room !== undefined &&
    pureRooms.includes(source.room) &&
    !source.isTest &&
    source.path !== takesThemAway,
  hiddenInputs,
)

/** A test waits for a condition or moves a fake clock; it never lets time pass. */
export const testsDoNotSleep: Check = sourceCheck(
  "tests do not sleep",
  (source) => source.isTest,
  (source) => sleepsOf(source),
)

function hiddenInputs(source: Source): readonly Breach[] {
  const breaches: Breach[] = []
  const ban = (offset: number, what: string, instead: string | undefined): void => {
    if (instead !== undefined)
      breaches.push({ at: placeOf(source, offset), message: `${what} is banned: ${instead}` })
  }
  const named = namedOnly(source)
  new Visitor({
    Identifier: (node) => {
      if (!named.has(node.start)) ban(node.start, node.name, bannedGlobals.get(node.name))
    },
    NewExpression: (node) => {
      const isNow =
        node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0
      if (isNow) ban(node.start, "new Date()", takeNow)
    },
    CallExpression: (node) => {
      if (node.callee.type === "Identifier" && node.callee.name === "Date") ban(node.start, "Date()", takeNow)
    },
    MemberExpression: (node) => {
      if (node.computed || node.property.type !== "Identifier") return
      const member = node.property.name
      const whole = node.object.type === "Identifier" ? `${node.object.name}.${member}` : `.${member}`
      const banned = bannedMembers.get(whole) ?? bannedMembers.get(`.${member}`)
      ban(node.start, whole, banned)
    },
  }).visit(source.program)
  return breaches
}

/** Offsets of identifiers that only name a member, a key or a type, and so reach no global. */
function namedOnly(source: Source): ReadonlySet<number> {
  const offsets = new Set<number>()
  const add = (node: { readonly computed: boolean }, key: { readonly start: number }): void => {
    if (!node.computed) offsets.add(key.start)
  }
  new Visitor({
    MemberExpression: (node) => add(node, node.property),
    Property: (node) => add(node, node.key),
    MethodDefinition: (node) => add(node, node.key),
    PropertyDefinition: (node) => add(node, node.key),
    TSPropertySignature: (node) => add(node, node.key),
    TSMethodSignature: (node) => add(node, node.key),
    TSFunctionType: (node) => {
      for (const parameter of node.params) offsets.add(parameter.start)
    },
    ImportSpecifier: (node) => {
      offsets.add(node.imported.start).add(node.local.start)
    },
  }).visit(source.program)
  return offsets
}

function sleepsOf(source: Source): readonly Breach[] {
  const breaches: Breach[] = []
  const add = (offset: number): void => {
    breaches.push({
      at: placeOf(source, offset),
      message: "wait for a condition with a deadline, or move a fake clock",
    })
  }
  new Visitor({
    CallExpression: (node) => {
      if (node.callee.type === "Identifier" && node.callee.name === "setTimeout") add(node.start)
    },
    ImportDeclaration: (node) => {
      if (node.source.value === "node:timers/promises") add(node.start)
    },
  }).visit(source.program)
  return breaches
}
