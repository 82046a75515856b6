// Cedar's wasm in instances that this file makes, because an instance that overflowed its stack answers nothing any more.
// Owns: the glue between the wasm and JavaScript values. Does not own: reading the file (the wiring passes its bytes).
// Keeps INV-04: a fresh instance takes 2 ms, so that a poisoned one is thrown away instead of trusted.
// The published loaders keep one instance a process for good; the functions below are what those loaders import.

import type {
  AuthorizationAnswer,
  CheckParseAnswer,
  PolicyToJsonAnswer,
  PolicyToTextAnswer,
  ValidationAnswer,
} from "@cedar-policy/cedar-wasm/nodejs"
import { err, ok, type Digest, type Result } from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import type { CedarEngine, CedarInstance } from "./cedar-engine.ts"

/** The engine that this release was tested with: `cedar_wasm_bg.wasm` of `@cedar-policy/cedar-wasm` 4.13.0. */
export const engineVersion = "4.13.0"
export const engineDigest =
  "sha256:9ed10461f45bceabbe2c364330500378b71f641b28f7c2a1f6e033c9be2f1d9a" as Digest

/** Where the engine's bytes are installed, as a `file:` URL: for the wiring to read. */
export const engineWasmUrl = (): string =>
  import.meta.resolve("@cedar-policy/cedar-wasm/nodejs").replace(/[^/]*$/, "cedar_wasm_bg.wasm")

/** An engine from its bytes, which must be the ones this release was tested with. Equal bytes make one engine, compiled once. */
export function openWasmEngine(bytes: Uint8Array): Result<CedarEngine, "engineUnknown"> {
  if (blobDigest(bytes) !== engineDigest) return err("engineUnknown")
  compiled ??= engineOf(new WebAssembly.Module(bytes))
  return ok(compiled)
}

let compiled: CedarEngine | null = null

const engineOf = (module: object): CedarEngine =>
  Object.freeze({
    name: "cedar-wasm",
    version: engineVersion,
    digest: engineDigest,
    open: () => openInstance(module),
  })

/** The part of the platform's WebAssembly that is used here; Node's types leave it to the DOM's. */
declare const WebAssembly: {
  readonly Module: {
    new (bytes: Uint8Array): object
    imports(module: object): readonly { readonly name: string }[]
  }
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly __wbindgen_externrefs: { set(index: number, value: unknown): void; grow(by: number): number }
  __wbindgen_start(): void
  __wbindgen_malloc(bytes: number, align: number): number
  __wbindgen_exn_store(index: number): void
  __externref_table_alloc(): number
  preparsePolicySet(at: number, length: number, policies: unknown): CheckParseAnswer
  preparseSchema(at: number, length: number, schema: unknown): CheckParseAnswer
  statefulIsAuthorized(call: unknown): AuthorizationAnswer
  validate(call: unknown): ValidationAnswer
  policyToJson(policy: unknown): PolicyToJsonAnswer
  policyToText(policy: unknown): PolicyToTextAnswer
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true })

function openInstance(module: object): CedarInstance {
  // The imports close over the exports, which exist only once the instance does.
  const box: { exports?: Exports } = {}
  const wasm = (): Exports => {
    if (box.exports === undefined) throw new TypeError("the instance is not linked yet")
    return box.exports
  }
  const textAt = (at: number, length: number): string =>
    decoder.decode(new Uint8Array(wasm().memory.buffer, at >>> 0, length))
  const place = (text: string): readonly [at: number, length: number] => {
    const bytes = encoder.encode(text)
    const at = wasm().__wbindgen_malloc(bytes.length, 1) >>> 0
    new Uint8Array(wasm().memory.buffer).set(bytes, at)
    return [at, bytes.length]
  }
  const linked = link(module, wasm, textAt, place)
  const instance = new WebAssembly.Instance(module, { "./cedar_wasm_bg.js": linked })
  box.exports = instance.exports as Exports
  box.exports.__wbindgen_start()
  return {
    preparsePolicySet: (id, policies) => wasm().preparsePolicySet(...place(id), policies),
    preparseSchema: (name, schema) => wasm().preparseSchema(...place(name), schema),
    statefulIsAuthorized: (call) => wasm().statefulIsAuthorized(call),
    validate: (schema, policies) => wasm().validate({ schema, policies }),
    policyToJson: (text) => wasm().policyToJson(text),
    policyToText: (policy) => wasm().policyToText(policy),
  }
}

/** The six functions that the wasm imports. Their names end in a hash of their signature, which is cut off here. */
function link(
  module: object,
  wasm: () => Exports,
  textAt: (at: number, length: number) => string,
  place: (text: string) => readonly [number, number],
): object {
  const caught =
    <A extends readonly unknown[]>(call: (...args: A) => unknown) =>
    (...args: A): unknown => {
      try {
        return call(...args)
      } catch (thrown) {
        const index = wasm().__externref_table_alloc()
        wasm().__wbindgen_externrefs.set(index, thrown)
        return wasm().__wbindgen_exn_store(index)
      }
    }
  const functions: Readonly<Record<string, unknown>> = {
    __wbg_parse: caught((at: number, length: number): unknown => JSON.parse(textAt(at, length))),
    __wbg_stringify: caught((value: unknown) => JSON.stringify(value)),
    __wbg___wbindgen_throw: (at: number, length: number) => {
      throw new Error(textAt(at, length))
    },
    __wbg___wbindgen_string_get: (out: number, value: unknown) => {
      const [at, length] = typeof value === "string" ? place(value) : [0, 0]
      const view = new DataView(wasm().memory.buffer)
      view.setInt32(out + 4, length, true)
      view.setInt32(out, at, true)
    },
    __wbg___wbindgen_is_undefined: (value: unknown) => value === undefined,
    __wbindgen_init_externref_table: () => {
      const table = wasm().__wbindgen_externrefs
      const first = table.grow(4)
      table.set(0, undefined)
      for (const [offset, value] of [undefined, null, true, false].entries()) table.set(first + offset, value)
    },
  }
  return Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [
      name,
      functions[name.replace(/_[0-9a-f]{16}$/, "")],
    ]),
  )
}
